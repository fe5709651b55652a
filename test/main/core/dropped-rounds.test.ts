import { expect, test } from 'vitest';
import { createDroppedRounds, DROPPED_NOTICE } from '#main/core/dropped-rounds.ts';
import { initialState } from '#main/core/initial-state.ts';
import { createStore } from '#main/core/store.ts';
import type { ChildMessage } from '#protocol/worker-messages.ts';
import { workerRound } from '../worker-round.ts';

function setUp(isDevnet = true) {
  const store = createStore(initialState('1', 'headless'));
  const rounds = createDroppedRounds({ store, isDevnet, nowMs: () => 7 });
  const notices = () => store.get().notices.map(({ message }) => message);
  const first = workerRound(3, 30);
  return {
    ...{ store, rounds, notices },
    counts: (round: number) => rounds.ofWorker({ kind: 'round', round: { ...first, round } }),
    hasNoManifest: (round: number) => rounds.ofWorker({ kind: 'round', round: { ...first, round, stateRoot: null } }),
    misses: (round: number, stepMs: number) =>
      rounds.ofWorker({ kind: 'missed', missed: { round, roundMs: 15_000, trainMs: 10_000, stepMs } }),
    validator: (news: Extract<ChildMessage, { kind: 'validator' }>['news']) =>
      rounds.ofValidator({ kind: 'validator', news }),
  };
}

test('a round without time for one step is told, with the times and what can be done', () => {
  const { counts, misses, notices, store } = setUp();
  counts(3);
  misses(4, 9_012);
  expect(notices()).toEqual([
    'Round 4 came to nothing: no inner step was done in the 10 s that it has for training, the first one had taken 9 s when it was given up. ' +
      'A round takes 15 s here: your machine is too slow for that, or busy with something else. ' +
      'Close other programs that use the processor, or wait: it goes on by itself.',
  ]);
  expect(store.get().notices[0]).toMatchObject({ id: DROPPED_NOTICE, level: 'warning', atMs: 7 });
  store.update((draft) => void (draft.settings.workShare = 0.5));
  misses(6, 0);
  expect(notices()).toHaveLength(1);
  expect(notices()[0]).toMatch(
    /^Round 6 came to nothing, as the 2 before: nothing was left of the 10 s .* raise the work share/,
  );
  counts(7);
  expect(notices()).toEqual([]);
});

test('a round that the devnet’s validator is too late for is told once, whoever says it first', () => {
  const { counts, hasNoManifest, validator, notices } = setUp();
  counts(3);
  validator({ kind: 'judged', round: 4, announced: 3, seconds: 11.34, ratings: [] });
  validator({ kind: 'round-dropped', round: 4 });
  expect(notices()[0]).toContain(
    'Round 4 came to nothing: the devnet’s validator had no result in time, judging it took 11 s.',
  );
  const before = notices();
  hasNoManifest(4);
  expect(notices()).toEqual(before);
  hasNoManifest(5);
  expect(notices()[0]).toContain(
    'Round 5 came to nothing, as the one before: the devnet’s validator had no result in time.',
  );
});

test('nobody is blamed for the round that he came into, nor on another chain for a manifest that is missing', () => {
  const { misses, notices } = setUp();
  misses(8, 0);
  expect(notices()).toEqual([]);
  misses(9, 5_000);
  expect(notices()).toHaveLength(1);
  const elsewhere = setUp(false);
  elsewhere.counts(3);
  elsewhere.hasNoManifest(4);
  elsewhere.validator({ kind: 'round-dropped', round: 5 });
  expect(elsewhere.notices()).toEqual([]);
  elsewhere.misses(6, 5_000);
  expect(elsewhere.notices()).toHaveLength(1);
});

test('a pause forgets it all', () => {
  const { rounds, misses, notices } = setUp();
  misses(8, 1_000);
  misses(9, 1_000);
  rounds.reset();
  expect(notices()).toEqual([]);
  misses(12, 1_000);
  expect(notices()).toEqual([]);
});
