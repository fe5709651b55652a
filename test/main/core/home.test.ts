import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { createHome, checkHome } from '#main/core/home.ts';
import { temporaryHome } from '../temporary-home.ts';

const refusal = (message: string) => expect.objectContaining({ code: 'SETTINGS', message }) as Error;
const ADVICE = 'Choose another folder, or make this one writable for you.';
const isRoot = process.getuid?.() === 0;

test('a home is made with all that is above it, for its owner alone, and left empty', () => {
  const home = join(temporaryHome(), 'a', 'b', 'c');
  createHome(home);
  createHome(home);
  expect(readdirSync(home)).toEqual([]);
  if (process.platform !== 'win32') expect(statSync(home).mode & 0o777).toBe(0o700);
});

test('a home that is a file, or lies in one, is called that', () => {
  const file = join(temporaryHome(), 'file');
  writeFileSync(file, 'mine');
  for (const home of [file, join(file, 'x'), join(file, 'x', 'y')]) {
    expect(() => createHome(home)).toThrow(
      refusal(`The data folder ${home} cannot be created: ${file} is a file, not a folder. ${ADVICE}`),
    );
  }
});

test.skipIf(isRoot || process.platform === 'win32')(
  'a home that is not writable is refused before anything begins',
  () => {
    const home = temporaryHome();
    chmodSync(home, 0o500);
    expect(() => createHome(home)).toThrow(/cannot be written to: EACCES/);
    expect(() => createHome(join(home, 'x'))).toThrow(/cannot be created: EACCES/);
  },
);

test('a look into a home that is none says so in words, and makes nothing', () => {
  const folder = temporaryHome();
  const file = join(folder, 'file');
  writeFileSync(file, 'mine');
  for (const home of [file, join(file, 'x')]) {
    expect(() => checkHome(home)).toThrow(
      refusal(
        `The data folder ${home} cannot be read: it is a file, or lies in one. Name the one that Millrace works with by --home, or leave --home out.`,
      ),
    );
  }
  expect(() => checkHome(join(folder, 'x'.repeat(300)))).toThrow('its name is too long');
  checkHome(join(folder, 'none'));
  checkHome(folder);
  expect(readdirSync(folder)).toEqual(['file']);
});

test.skipIf(isRoot || process.platform === 'win32')('a home that this user may not read is called that', () => {
  const home = temporaryHome();
  chmodSync(home, 0o000);
  expect(() => checkHome(home)).toThrow('cannot be read: this user has no right to');
  chmodSync(home, 0o700);
});

/** In a process of its own: what is tested against is a call that never comes back. */
test.runIf(existsSync('/proc/self'))(
  'a home in /proc, where Node’s recursive mkdir never ends, is refused at once',
  () => {
    const module = pathToFileURL(join(import.meta.dirname, '../../../src-main/core/home.ts')).href;
    const script = `import { createHome, checkHome } from ${JSON.stringify(module)};
    for (const home of ['/proc', '/proc/x', '/proc/x/y']) try { createHome(home) } catch (e) { console.log(e.code, e.message) }`;
    const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      ...{ encoding: 'utf8', timeout: 15_000, killSignal: 'SIGKILL', cwd: join(import.meta.dirname, '../../..') },
    });
    expect(signal).toBeNull();
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toMatch(/^SETTINGS The data folder \/proc cannot be written to: ENOENT/);
    expect(lines[1]).toMatch(/^SETTINGS The data folder \/proc\/x cannot be created: ENOENT/);
    expect(lines[2]).toMatch(/^SETTINGS The data folder \/proc\/x\/y cannot be created: ENOENT/);
  },
);
