import { describe, expect, it } from 'vitest';
import type { Fault, Outcome, Played } from '../support/faults/fault.ts';
import { judge } from '../support/faults/judge.ts';
import { lossOf } from '../support/faults/loss-of.ts';
import { CLEAN, VALIDATORS } from './table/clean.ts';

const HALVES = [
  [0, 1],
  [2, 3],
];
const turns = { groups: HALVES, texts: 4 };
const inTurns: Fault = { ...CLEAN, cast: VALIDATORS, turns };

const outcomeOf = (rewards: readonly number[]): Outcome => ({
  ...{ rounds: 1, rewards, losses: new Map([[0, 3]]), manifests: new Map(), roots: new Map([[0, new Set(['a'])]]) },
  ...{ replies: [], workerRounds: [], logs: [], deaths: [] },
});

/** Each half in turn on each text; `kept` says what a worker keeps of the 10 that it earns in every clean run. */
const played = (kept: (n: number, text: number, isHit: boolean) => number): readonly Played[] =>
  Array.from({ length: turns.texts }, (_, text) =>
    HALVES.map((hit) => {
      const rewards = [0, 1, 2, 3].map((n) => 10 * kept(n, text, hit.includes(n)));
      return { text, hit, outcome: outcomeOf(rewards), clean: outcomeOf([10, 10, 10, 10]) };
    }),
  ).flat();

/** Gives as much as it takes, another one in each text. */
const luck = (n: number, text: number): number => ((n + text) % 2 === 0 ? 0.12 : -0.12);

const failed = (runs: readonly Played[]): readonly string[] =>
  judge(inTurns, runs)
    .filter(({ ok }) => !ok)
    .map(({ name }) => name);

describe('what a fault costs that meets half of the workers in turn', () => {
  it('is measured over all of them: luck that one has and another lacks is no loss', () => {
    expect(failed(played((n, text, isHit) => (isHit ? 0.92 : 1.08) + luck(n, text)))).toEqual([]);
  });

  it('is too much when they lose more than the limit together', () => {
    expect(failed(played((_, text, isHit) => (isHit ? 0.88 + 0.01 * (text % 2) : 1.1)))).toContain(
      'those whom it meets lose ≤ 10 %',
    );
  });

  it('is not known to be within the limit while texts differ as much as that', () => {
    const runs = played((_, text, isHit) => (isHit ? (text % 2 === 0 ? 0.99 : 0.85) : 1.08));
    const { mean, error } = lossOf(runs, ({ hit }) => hit);
    expect(mean).toBeCloseTo(0.08);
    expect(error).toBeCloseTo(0.04);
    expect(failed(runs)).toEqual(['those whom it meets lose ≤ 10 %']);
  });

  it('is too much when always the same one loses, whatever the others gain by it', () => {
    const runs = played((n, text, isHit) => (isHit ? (n === 0 ? 0.8 : 0.95) : 1.08) + 0.01 * (text % 2));
    expect(failed(runs)).toEqual(['none whom it meets is shown to lose > 10 %']);
  });

  it('is too much for those whom it does not meet as well', () => {
    expect(failed(played((_, text, isHit) => (isHit ? 1.1 : 0.85) + 0.01 * (text % 2)))).toEqual([
      'the others lose ≤ 10 %',
    ]);
  });

  it('is not told from a single text', () => {
    const runs = played(() => 1).filter(({ text }) => text === 0);
    expect(lossOf(runs, ({ hit }) => hit)).toEqual({ mean: 0, error: Infinity });
  });
});

it('of several runs the one that does not hold to what is expected is what is shown', () => {
  const runs = played(() => 1).map((run, index) =>
    index === 2 ? { ...run, outcome: { ...run.outcome, losses: new Map([[0, 4]]) } } : run,
  );
  expect(judge(inTurns, runs).find(({ name }) => name.startsWith('final loss'))).toMatchObject({
    ...{ measured: '+33.33 %', ok: false },
  });
});
