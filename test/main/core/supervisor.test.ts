import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LogLevel } from '#main/core/log.ts';
import type { Supervision } from '#main/core/supervision.ts';
import { createSupervisor, type Supervisor } from '#main/core/supervisor.ts';
import type { ChildMessage } from '#protocol/worker-messages.ts';
import { createFakeProcessHost, type FakeProcessHost } from '../fake-process-host.ts';

const FIRST = {
  kind: 'start-worker',
  chainUrl: 'ws://127.0.0.1:9944',
  netuid: 3,
  dataDir: '/home/of/the/worker',
  hotkeySeedHex: '00'.repeat(32),
  threads: 2,
  listenAddress: '/ip4/127.0.0.1/tcp/0',
} as const;

interface Scene {
  readonly host: FakeProcessHost;
  readonly supervisor: Supervisor;
  readonly messages: ChildMessage[];
  readonly states: Supervision[];
  readonly logs: [LogLevel, string][];
}

function setUp(host = createFakeProcessHost()): Scene {
  const messages: ChildMessage[] = [];
  const states: Supervision[] = [];
  const logs: [LogLevel, string][] = [];
  const supervisor = createSupervisor({
    processes: host,
    entry: 'worker',
    name: 'worker',
    firstMessage: () => FIRST,
    onMessage: (message) => messages.push(message),
    onChange: (state) => states.push(state),
    nowMs: () => Date.now(),
    log: (level, message) => logs.push([level, message]),
  });
  return { host, supervisor, messages, states, logs };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('launches the process with its configuration as the first message', () => {
  const { host, supervisor } = setUp();
  supervisor.start();
  expect(host.launched.map(({ entry, name, sent }) => ({ entry, name, sent }))).toEqual([
    { entry: 'worker', name: 'worker', sent: [FIRST] },
  ]);
});

test('starts a killed process again after a second, and tells why', async () => {
  const { host, supervisor, states } = setUp();
  supervisor.start();
  host.running('worker')?.exit({ code: null, signal: 'SIGKILL' });
  await vi.advanceTimersByTimeAsync(999);
  expect(host.launched).toHaveLength(1);
  expect(states.at(-1)).toMatchObject({ kind: 'restarting', attempt: 1, reason: 'The process was ended by SIGKILL' });
  await vi.advanceTimersByTimeAsync(1);
  expect(host.running('worker')?.sent).toEqual([FIRST]);
  expect(states.at(-1)).toMatchObject({ kind: 'running', attempt: 1 });
});

test('prefers the reason that the process gave itself', async () => {
  const { host, supervisor, states } = setUp();
  supervisor.start();
  host.running('worker')?.say({ kind: 'failed', code: 'ENGINE', message: 'no memory left' });
  host.running('worker')?.exit({ code: 1 });
  await vi.advanceTimersByTimeAsync(0);
  expect(states.at(-1)).toMatchObject({ kind: 'restarting', reason: 'no memory left' });
});

test('kills a process that has said it failed but stays', async () => {
  const { host, supervisor, states } = setUp();
  supervisor.start();
  host.running('worker')?.say({ kind: 'failed', code: 'ENGINE', message: 'stuck' });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(host.running('worker')).toBeUndefined();
  expect(states.at(-1)).toMatchObject({ kind: 'restarting', reason: 'stuck' });
});

test('does not restart a process that diverged', async () => {
  const { host, supervisor, states } = setUp();
  supervisor.start();
  host.running('worker')?.say({ kind: 'failed', code: 'DIVERGED', message: 'roots differ' });
  host.running('worker')?.exit({ code: 1 });
  await vi.advanceTimersByTimeAsync(600_000);
  expect(host.launched).toHaveLength(1);
  expect(states.at(-1)).toEqual({ kind: 'failed', failure: { code: 'DIVERGED', message: 'roots differ' } });
});

test('ignores a message that breaks the format, says so, and goes on', () => {
  const { host, supervisor, messages, logs } = setUp();
  supervisor.start();
  const child = host.running('worker');
  child?.say({ kind: 'progress', progress: { round: -1 } });
  child?.say('nonsense');
  child?.say({ kind: 'ready', url: null });
  expect(messages).toEqual([{ kind: 'ready', url: null }]);
  expect(logs.filter(([level]) => level === 'warning')).toHaveLength(2);
  expect(child?.isRunning).toBe(true);
});

test('stops politely, and does not restart what it stopped', async () => {
  const { host, supervisor } = setUp();
  supervisor.start();
  await supervisor.stop(1_000);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(host.launched).toHaveLength(1);
  expect(host.launched[0]?.sent).toEqual([FIRST, { kind: 'stop' }]);
  expect(supervisor.state).toEqual({ kind: 'stopped' });
});

test('kills a process that does not stop within its grace', async () => {
  const { host, supervisor } = setUp(createFakeProcessHost({ stopsWhenAsked: false }));
  supervisor.start();
  const stopping = supervisor.stop(1_000);
  await vi.advanceTimersByTimeAsync(999);
  expect(host.running('worker')).toBeDefined();
  await vi.advanceTimersByTimeAsync(1);
  expect(host.running('worker')).toBeUndefined();
  await stopping;
});

test('forgets a pending restart when it is stopped', async () => {
  const { host, supervisor } = setUp();
  supervisor.start();
  host.running('worker')?.exit({ code: 1 });
  await vi.advanceTimersByTimeAsync(0);
  await supervisor.stop(0);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(host.launched).toHaveLength(1);
});

test('passes a message on to the process that runs, and to none that has ended', async () => {
  const { host, supervisor } = setUp();
  const pace = { kind: 'pace', share: 0.5 } as const;
  supervisor.send(pace);
  supervisor.start();
  supervisor.send(pace);
  await supervisor.stop(0);
  supervisor.send(pace);
  expect(host.launched.map(({ sent }) => sent)).toEqual([[FIRST, pace, { kind: 'stop' }]]);
});
