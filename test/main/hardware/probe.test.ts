import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { detectHardware } from '#main/core/hardware/detect.ts';
import { createNodeHardwareDeps } from '#main/core/hardware/node-deps.ts';
import type { ProbeReply } from '#main/core/hardware/probe-messages.ts';
import { runCommand } from '#main/core/hardware/run-command.ts';
import { isRunning } from './is-running.ts';

const ENTRY = fileURLToPath(new URL('../../../src-main/core/hardware/probe-main.ts', import.meta.url));
let folder = '';
let child: ChildProcess | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-probe-'));
});

afterEach(() => {
  child?.kill('SIGKILL');
  child = null;
  rmSync(folder, { recursive: true, force: true });
});

function start(env: NodeJS.ProcessEnv = process.env): ChildProcess {
  child = fork(ENTRY, [], { env, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  return child;
}

/** An nvidia-smi that writes its pid and never ends. */
function hangingTool(pidFile: string): void {
  const path = join(folder, 'nvidia-smi');
  writeFileSync(path, `#!/bin/sh\necho $$ > ${pidFile}.part; mv ${pidFile}.part ${pidFile}\nexec sleep 600\n`);
  chmodSync(path, 0o755);
}

test('the probe describes this machine in one reply and exits', async () => {
  const probe = start();
  const exit = once(probe, 'exit');
  probe.send({ kind: 'detect' });
  const [reply] = (await once(probe, 'message')) as [ProbeReply];
  expect(reply).toMatchObject({ kind: 'hardware', state: { kind: 'ready' } });
  if (reply.kind !== 'hardware') return;
  expect(reply.state.cpu.cores).toBeGreaterThan(0);
  expect(reply.state.cpu.memoryBytes).toBeGreaterThan(2 ** 28);
  expect(reply.state.machineClass === 'cpu').toBe(reply.state.gpus.length === 0);
  expect(await exit).toEqual([0, null]);
});

test('a request that the probe does not know is answered with failed', async () => {
  const probe = start();
  probe.send({ kind: 'format-disk' });
  const [message] = (await once(probe, 'message')) as [ProbeReply];
  expect(message).toEqual({
    kind: 'failed',
    message: 'The hardware probe got a request that it does not know.',
  });
});

test('started by hand, the probe says so and ends with 2', async () => {
  const outcome = await runCommand(process.execPath, [ENTRY], {
    timeoutMs: 10_000,
    maxBytes: 65_536,
    signal: new AbortController().signal,
  });
  expect(outcome).toMatchObject({ kind: 'exited', exitCode: 2 });
});

test.skipIf(process.platform !== 'linux').each([
  ['main goes', (probe: ChildProcess) => probe.disconnect()],
  ['main asks it to stop', (probe: ChildProcess) => void probe.send({ kind: 'stop' })],
])('when %s, the probe goes and takes its hanging tools along', async (_, end) => {
  const pidFile = join(folder, 'pid');
  hangingTool(pidFile);
  const probe = start({ ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` });
  const exit = once(probe, 'exit');
  probe.send({ kind: 'detect' });
  await vi.waitFor(() => expect(existsSync(pidFile)).toBe(true), { timeout: 10_000 });
  const pid = Number(readFileSync(pidFile, 'utf8'));
  expect(isRunning(pid)).toBe(true);
  end(probe);
  expect(await exit).toEqual([0, null]);
  expect(isRunning(pid)).toBe(false);
});

test.skipIf(process.platform === 'win32')(
  'a really hanging nvidia-smi is stopped, and the rest is still told',
  async () => {
    hangingTool(join(folder, 'pid'));
    const deps = createNodeHardwareDeps();
    const state = await detectHardware(
      {
        ...deps,
        run: (command, args, options) =>
          command === 'nvidia-smi'
            ? runCommand(join(folder, command), args, { ...options, timeoutMs: 300 })
            : deps.run(command, args, options),
      },
      new AbortController().signal,
    );
    expect(state.warnings).toContain('nvidia-smi did not answer within 0.3 s and was stopped.');
    expect(state.cpu.cores).toBeGreaterThan(0);
  },
);
