import type { IpcRenderer } from 'electron';
import { expect, test } from 'vitest';
import { initialState } from '#main/core/initial-state.ts';
import { createIpcClient } from '#main/electron/ipc-client.ts';
import { IPC_COMMAND, IPC_STATE, IPC_SUBSCRIBE, type StateMessage } from '#protocol/contract/commands.ts';

function setUp() {
  const sent: unknown[][] = [];
  const listeners: ((event: unknown, message: StateMessage) => void)[] = [];
  const client = createIpcClient({
    invoke: (...args: unknown[]) => {
      sent.push(args);
      return Promise.resolve({ ok: true });
    },
    send: (...args: unknown[]) => void sent.push(args),
    on: (channel: string, listener: (event: unknown, message: StateMessage) => void) => {
      expect(channel).toBe(IPC_STATE);
      listeners.push(listener);
    },
  } as unknown as IpcRenderer);
  return { client, sent, deliver: (message: StateMessage) => listeners.forEach((listen) => listen({}, message)) };
}

const snapshot = (sequence: number): StateMessage => ({
  kind: 'snapshot',
  sequence,
  state: initialState('1.2.3', 'electron'),
});
const patch = (sequence: number): StateMessage => ({ kind: 'patch', sequence, operations: [] });

test('exposes the contract and nothing more', () => {
  expect(Object.keys(setUp().client).sort()).toEqual(['command', 'subscribe']);
});

test('sends a command and gives back the reply', async () => {
  const { client, sent } = setUp();
  expect(await client.command('work.start', {})).toEqual({ ok: true });
  expect(sent).toEqual([[IPC_COMMAND, 'work.start', {}]]);
});

test('hands messages without Electron’s event to each subscriber, from its first snapshot on', () => {
  const { client, sent, deliver } = setUp();
  const first: number[] = [];
  const second: number[] = [];
  client.subscribe((...args) => first.push(args.length, args[0].sequence));
  deliver(snapshot(1));
  client.subscribe(({ sequence }) => second.push(sequence));
  deliver(patch(2));
  deliver(snapshot(2));
  deliver(patch(3));
  expect(first).toEqual([1, 1, 1, 2, 1, 2, 1, 3]);
  expect(second).toEqual([2, 3]);
  expect(sent).toEqual([[IPC_SUBSCRIBE], [IPC_SUBSCRIBE]]);
});

test('is quiet after unsubscribing', () => {
  const { client, deliver } = setUp();
  const seen: StateMessage[] = [];
  const unsubscribe = client.subscribe((message) => seen.push(message));
  deliver(snapshot(1));
  unsubscribe();
  deliver(patch(2));
  expect(seen).toHaveLength(1);
});
