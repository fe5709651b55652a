import { expect, test } from 'vitest';
import { DROPPED_NOTICE } from '#main/core/dropped-rounds.ts';
import { initialState } from '#main/core/initial-state.ts';
import { createOutput } from '#main/headless/output.ts';
import { createRunWatch } from '#main/headless/run-watch.ts';
import type { AppState, RoundRecord } from '#protocol/contract/state.ts';

const STARTED_MS = 1000;

const round = (number: number, changes: Partial<RoundRecord> = {}): RoundRecord => ({
  round: number,
  loss: 4.5,
  evalLoss: 4.25,
  tokensPerSecond: 1234.5,
  updateBytes: 24_476,
  score: 97,
  reputation: 42.5,
  scoreReason: 'good',
  rewardRao: '4777298169',
  stateRoot: 'd'.repeat(64),
  finishedAtMs: STARTED_MS,
  ...changes,
});

const state = (changes: Partial<AppState>): AppState => ({
  ...initialState('1', 'headless'),
  work: { kind: 'training' },
  ...changes,
});

function setUp(rounds: number | null, json = true) {
  const written: string[] = [];
  const output = createOutput(json, (text) => written.push(text));
  const watch = createRunWatch({ rounds, startedAtMs: STARTED_MS, output });
  const events = () => written.map((line) => JSON.parse(line) as { event: string });
  return { watch, written, rounds: () => events().filter(({ event }) => event === 'round'), events };
}

test('prints a round as one JSON line with exactly these fields', () => {
  const { watch, rounds } = setUp(null);
  watch.see(state({ rounds: [round(7)] }));
  expect(rounds()).toEqual([
    {
      event: 'round',
      round: 7,
      loss: 4.5,
      evalLoss: 4.25,
      tokensPerSecond: 1234.5,
      updateBytes: 24_476,
      score: 97,
      reputation: 42.5,
      reason: 'good',
      rewardRao: '4777298169',
      stateRoot: 'd'.repeat(64),
    },
  ]);
});

test('says below a round that paid nothing why', () => {
  const { watch, written } = setUp(null, false);
  watch.see(
    state({
      rounds: [round(7, { rewardRao: '0', scoreReason: 'Barred: 0 of 10 good evaluations in a row' }), round(8)],
    }),
  );
  expect(written.join('').match(/no reward: Barred: 0 of 10/g)).toHaveLength(1);
  expect(written.join('')).not.toContain('good\n');
});

test('waits with a round until its reward is known, and prints it once', () => {
  const { watch, rounds } = setUp(null);
  watch.see(state({ rounds: [round(7, { rewardRao: null })] }));
  expect(rounds()).toEqual([]);
  watch.see(state({ rounds: [round(7)] }));
  watch.see(state({ rounds: [round(7), round(8, { rewardRao: null })] }));
  expect(rounds()).toHaveLength(1);
});

test('leaves out the rounds of an earlier run', () => {
  const { watch, rounds } = setUp(1);
  expect(watch.see(state({ rounds: [round(6, { finishedAtMs: STARTED_MS - 1 })] }))).toBeNull();
  expect(rounds()).toEqual([]);
});

test('ends after the wanted number of rewarded rounds; an unpaid one is printed but does not count', () => {
  const { watch, rounds } = setUp(2);
  expect(watch.see(state({ rounds: [round(1), round(2, { rewardRao: '0' })] }))).toBeNull();
  const end = watch.see(state({ rounds: [round(1), round(2, { rewardRao: '0' }), round(3), round(4)] }));
  expect(end).toEqual({ kind: 'done', rewardedRounds: 2 });
  expect(rounds()).toMatchObject([{ round: 1 }, { round: 2 }, { round: 3 }]);
});

test('a paid round without a manifest is printed but does not count', () => {
  const { watch, rounds } = setUp(1);
  expect(watch.see(state({ rounds: [round(1, { stateRoot: null })] }))).toBeNull();
  expect(watch.rewardedRounds).toBe(0);
  expect(rounds()).toHaveLength(1);
  expect(watch.see(state({ rounds: [round(2)] }))).toEqual({ kind: 'done', rewardedRounds: 1 });
});

test('ends with the reason when the work has failed', () => {
  const { watch } = setUp(null);
  const work = { kind: 'failed', code: 'DIVERGED', message: 'Roots differ.', advice: 'Start again.' } as const;
  expect(watch.see(state({ work }))).toEqual({
    kind: 'failed',
    code: 'DIVERGED',
    message: 'Roots differ. Start again.',
  });
});

test('a script learns of a worker that keeps crashing; a rig goes on trying', () => {
  const work = { kind: 'restarting', reason: 'it crashed', attempt: 5, retryAtMs: 0 } as const;
  expect(setUp(3).watch.see(state({ work }))).toMatchObject({ kind: 'failed', code: 'WORKER_FAILED' });
  expect(setUp(3).watch.see(state({ work: { ...work, attempt: 4 } }))).toBeNull();
  expect(setUp(null).watch.see(state({ work }))).toBeNull();
});

test('tells a change of the work and a notice once', () => {
  const { watch, events } = setUp(null);
  const notices = [{ id: 'a', level: 'warning', message: 'Careful', atMs: 1 }] as const;
  for (let i = 0; i < 3; i += 1) watch.see(state({ notices }));
  expect(events()).toEqual([
    { event: 'notice', level: 'warning', message: 'Careful' },
    { event: 'state', work: { kind: 'training' } },
  ]);
});

test('for people: columns stand below each other, whatever the numbers', () => {
  const { watch, written } = setUp(null, false);
  const poor = round(1234, { loss: 10.25, tokensPerSecond: 9, updateBytes: 900, score: null, rewardRao: '0' });
  watch.see(state({ rounds: [round(7), poor] }));
  const [first = '', second = ''] = written;
  for (const word of ['loss', 'tokens/s', 'update', 'score', 'TAO', 'state']) {
    expect(first.indexOf(word), word).toBeGreaterThan(0);
    expect(second.indexOf(word), word).toBe(first.indexOf(word));
  }
  expect(first).toContain('+4.7772 TAO');
});

test('for people: a round without a manifest says so, and why it is paid all the same', () => {
  const { watch, written } = setUp(null, false);
  const lost = { stateRoot: null, score: null };
  watch.see(state({ rounds: [round(7, { ...lost, rewardRao: '0' }), round(8, lost)] }));
  expect(written[0]).toMatch(/no manifest found\n$/);
  expect(written[1]).toMatch(/TAO {3}no manifest found; paid by the weights set before\n$/);
});

test('a script learns that rounds come to nothing one after the other; a rig goes on, and one that counts begins anew', () => {
  const dropped = (number: number) =>
    state({ notices: [{ id: DROPPED_NOTICE, level: 'warning', message: `Round ${number}: slow`, atMs: 1 }] });
  const script = setUp(3, false);
  for (let n = 1; n < 8; n += 1) {
    expect(script.watch.see(dropped(n))).toBeNull();
    expect(script.watch.see(dropped(n)), 'the same again').toBeNull();
  }
  expect(script.watch.whyDropped).toBe('Round 7: slow');
  expect(script.written).toContain('warning: Round 7: slow\n');
  expect(script.watch.see(dropped(8))).toEqual({
    ...{ kind: 'failed', code: 'TOO_SLOW' },
    message: '0 of 3 rounds were rewarded, and the newest ones come to nothing. Round 8: slow',
  });
  const [rig, mended] = [setUp(null), setUp(3)];
  for (let n = 1; n < 20; n += 1) {
    expect(rig.watch.see(dropped(n))).toBeNull();
    expect(mended.watch.see(n % 5 === 0 ? state({}) : dropped(n))).toBeNull();
  }
});
