import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { isHomeLocked, lockHome } from '#main/core/home-lock.ts';
import { temporaryHome } from '../temporary-home.ts';

test('a second instance in the same folder is told that Millrace is running', () => {
  const home = temporaryHome();
  const lock = lockHome(home);
  expect(() => lockHome(home)).toThrow(
    expect.objectContaining({
      code: 'ALREADY_RUNNING',
      message: `Millrace is already running with this data folder (${home}). The command \`status\` shows what it does; another --home starts a second one.`,
    }) as Error,
  );
  expect(isHomeLocked(home)).toBe(true);
  lock.release();
  expect(isHomeLocked(home)).toBe(false);
  lockHome(home).release();
});

test('another process keeps the folder until it ends, and kill -9 leaves nothing behind', async () => {
  const home = temporaryHome();
  const holder = spawn(process.execPath, [fileURLToPath(new URL('./lock-holder.ts', import.meta.url)), home], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  expect(isHomeLocked(home)).toBe(true);
  const exited = once(holder, 'exit');
  holder.kill('SIGKILL');
  await exited;
  expect(isHomeLocked(home)).toBe(false);
});

test('two folders do not disturb each other', () => {
  const lock = lockHome(temporaryHome());
  lockHome(temporaryHome()).release();
  lock.release();
});

test('a damaged lock file is replaced', () => {
  const home = temporaryHome();
  writeFileSync(join(home, 'millrace.lock'), 'garbage'.repeat(1000));
  lockHome(home).release();
});

test('a folder that cannot hold a lock is named', () => {
  const home = join(temporaryHome(), 'missing');
  expect(() => lockHome(home)).toThrow(
    expect.objectContaining({ code: 'DATABASE', message: expect.stringContaining(home) as unknown }) as Error,
  );
});
