import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { runInForeground } from '../../../scripts/setup/foreground.mjs';
import { isRunning } from '../../main/hardware/is-running.ts';

const forever = 'setInterval(() => {}, 1000);';
const drivers: ChildProcess[] = [];
const folders: string[] = [];

afterEach(() => {
  for (const driver of drivers.splice(0)) driver.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Starts the driver and waits until the program in it has told its process id. */
async function start(script: string, graceMs: number): Promise<{ driver: ChildProcess; programPid: number }> {
  const driver = spawn(
    process.execPath,
    [join(import.meta.dirname, 'foreground-driver.mjs'), `${script} console.log(process.pid);`, String(graceMs)],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, npm_lifecycle_event: undefined } },
  );
  drivers.push(driver);
  const [chunk] = (await once(driver.stdout, 'data')) as [Buffer];
  return { driver, programPid: Number(chunk.toString()) };
}

describe.runIf(process.platform === 'linux')('a program in the foreground', () => {
  test('gives its exit code', async () => {
    expect(await runInForeground(process.execPath, ['-e', 'process.exitCode = 7'])).toBe(7);
  });

  test('gets Ctrl-C, may end in its own time, and the exit code says so', async () => {
    const { driver, programPid } = await start(`process.on('SIGINT', () => process.exit(0)); ${forever}`, 20_000);
    driver.kill('SIGINT');
    expect(await once(driver, 'exit')).toEqual([130, null]);
    expect(isRunning(programPid)).toBe(false);
  });

  test('is ended when it ignores Ctrl-C', async () => {
    const { driver, programPid } = await start(`process.on('SIGINT', () => {}); ${forever}`, 100);
    driver.kill('SIGINT');
    expect(await once(driver, 'exit')).toEqual([130, null]);
    expect(isRunning(programPid)).toBe(false);
  });

  test('leaves no process behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-foreground-'));
    folders.push(folder);
    const pidFile = join(folder, 'pid');
    const script = `
      const child = require('node:child_process').spawn(process.execPath, ['-e', '${forever}'], { stdio: 'ignore' });
      require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(child.pid));
      process.exit(0);`;
    expect(await runInForeground(process.execPath, ['-e', script], { leftoverGraceMs: 100 })).toBe(0);
    await expect.poll(() => isRunning(Number(readFileSync(pidFile, 'utf8'))), { timeout: 5_000 }).toBe(false);
  });
});
