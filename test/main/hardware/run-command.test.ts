import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runCommand } from '#main/core/hardware/run-command.ts';
import { isRunning } from './is-running.ts';

const options = { timeoutMs: 10_000, maxBytes: 64 * 1024, signal: new AbortController().signal };
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-run-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const shell = (script: string, changes: Partial<typeof options> = {}) =>
  runCommand('/bin/sh', ['-c', script], { ...options, ...changes });

test('an ending program gives its exit code and both its outputs', async () => {
  expect(await shell('echo out; echo err >&2; exit 3')).toEqual({
    kind: 'exited',
    exitCode: 3,
    stdout: 'out\n',
    stderr: 'err\n',
  });
});

test('a program that does not exist is not-found, one that may not be run is failed', async () => {
  expect(await runCommand('millrace-no-such-tool', [], options)).toEqual({ kind: 'not-found' });
  expect(await runCommand(folder, [], options)).toMatchObject({ kind: 'failed' });
});

/** Runs a script that names its processes in the file `pids`; gives the outcome and those that outlived it. */
async function survivors(script: string) {
  const file = join(folder, 'pids');
  const outcome = await shell(script.replaceAll('PIDS', file), { timeoutMs: 300 });
  const pids = readFileSync(file, 'utf8').trim().split(' ').map(Number);
  expect(pids.every((pid) => pid > 1)).toBe(true);
  return { outcome, alive: () => pids.filter(isRunning) };
}

test.skipIf(process.platform !== 'linux')(
  'a hanging program is killed with its children when its time is over',
  async () => {
    const startMs = performance.now();
    const { outcome, alive } = await survivors('sleep 600 & echo $$ $! > PIDS; wait');
    expect(outcome).toEqual({ kind: 'timed-out', timeoutMs: 300 });
    expect(performance.now() - startMs).toBeLessThan(5_000);
    await vi.waitFor(() => expect(alive()).toEqual([]), { timeout: 5_000 });
  },
);

test.skipIf(process.platform !== 'linux')(
  'a program that ends but leaves a child on its pipes is not waited for without end',
  async () => {
    const { outcome, alive } = await survivors('sleep 600 & echo $! > PIDS; exit 0');
    expect(outcome).toEqual({ kind: 'timed-out', timeoutMs: 300 });
    await vi.waitFor(() => expect(alive()).toEqual([]), { timeout: 5_000 });
  },
);

test('a program that floods its output is killed at the limit', async () => {
  expect(await shell('while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done')).toEqual({
    kind: 'too-much-output',
    maxBytes: 65_536,
  });
});

test('a program that dies of a signal is failed', async () => {
  expect(await shell('kill -9 $$')).toEqual({ kind: 'failed', message: 'killed by SIGKILL' });
});

test('the signal stops a program that runs, and one that has not started', async () => {
  const controller = new AbortController();
  const running = shell('sleep 600', { signal: controller.signal });
  controller.abort();
  await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
  await expect(shell('true', { signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
});
