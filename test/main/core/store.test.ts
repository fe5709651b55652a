import { applyPatches, enablePatches, type Patch } from 'immer';
import { expect, test } from 'vitest';
import { initialState } from '#main/core/initial-state.ts';
import { createStore } from '#main/core/store.ts';
import type { StateMessage } from '#protocol/contract/commands.ts';
import type { AppState } from '#protocol/contract/state.ts';

enablePatches();

const newStore = () => createStore(initialState('1.2.3', 'headless'));

test('a client that applies snapshot and patches has the same state as main', () => {
  const store = newStore();
  store.update((draft) => void (draft.network.block = 7));
  let mirror: AppState | null = null;
  const sequences: number[] = [];
  store.subscribe((message) => {
    sequences.push(message.sequence);
    mirror =
      message.kind === 'snapshot'
        ? message.state
        : applyPatches(mirror!, structuredClone(message.operations) as Patch[]);
  });
  store.update((draft) => void (draft.work = { kind: 'starting', step: 'now' }));
  store.update((draft) => void draft.notices.push({ id: 'a', level: 'info', message: 'hello', atMs: 1 }));
  store.update((draft) => void draft.notices.pop());
  expect(mirror).toEqual(store.get());
  expect(sequences).toEqual([1, 2, 3, 4]);
});

test('sends nothing when nothing changed', () => {
  const store = newStore();
  const messages: StateMessage[] = [];
  store.subscribe((message) => messages.push(message));
  store.update((draft) => void (draft.network.peers = 0));
  expect(messages).toHaveLength(1);
});

test('sends nothing to a client that has left, and goes on with the others', () => {
  const store = newStore();
  const left: StateMessage[] = [];
  const stayed: StateMessage[] = [];
  const leave = store.subscribe((message) => left.push(message));
  store.subscribe((message) => stayed.push(message));
  leave();
  store.update((draft) => void (draft.network.peers = 3));
  expect([left.length, stayed.length]).toEqual([1, 2]);
});
