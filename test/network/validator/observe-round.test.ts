import { describe, expect, it } from 'vitest';
import type { GatheredUpdate } from '#network/validator/gather.ts';
import { observeRound } from '#network/validator/observe-round.ts';
import type { RoundWork, ValidatorDesk } from '#network/validator/validator-desk.ts';
import type { Hotkey } from '#protocol/ids.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { DEFAULT_SCORING } from '#protocol/score/scoring-params.ts';
import { EMPTY_BOOK, newcomer, type Trust } from '#protocol/score/standing.ts';
import { testRun } from '../../support/round-fixtures.ts';
import { testKey } from '../../support/small-run.ts';

const [anna, ben, cleo, ...crowd] = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => hotkeyOf(testKey(n))) as [
  Hotkey,
  Hotkey,
  Hotkey,
  ...Hotkey[],
];

/** Of each, the length of its update in what is usual, when the trusted are these. */
function timesUsual(lengths: ReadonlyMap<Hotkey, number>, trusted: readonly Hotkey[]): (hotkey: Hotkey) => number {
  const updates = [...lengths].map(
    ([hotkey, length]) =>
      ({ hotkey, innerSteps: 3, staleness: 0, update: { squares: Float64Array.of(length ** 2) } }) as GatheredUpdate,
  );
  const trust = (hotkey: Hotkey): Trust =>
    trusted.includes(hotkey) ? { kind: 'trusted' } : { kind: 'quarantine', good: 1 };
  const standings = new Map(
    [...lengths.keys()].map((hotkey) => [hotkey, { ...newcomer(DEFAULT_SCORING), trust: trust(hotkey) }]),
  );
  const members = [...lengths.keys()].map((hotkey) => ({ neuron: { hotkey, registeredAtBlock: 0 } }));
  const desk = {
    ...{ run: testRun, replica: { step: 9 }, roster: { members }, book: { ...EMPTY_BOOK, standings } },
  } as unknown as ValidatorDesk;
  const work = { round: 4, isOnTime: true, updates, evaluations: new Map(), copies: new Map() } as unknown as RoundWork;
  const observations = observeRound(desk, work, new Map());
  return (asked) => {
    const seen = observations.find(({ hotkey }) => hotkey === asked);
    return seen?.kind === 'update' ? seen.timesUsualLength : Number.NaN;
  };
}

/** Newcomers whose updates are as good as nothing. */
const tiny = crowd.map((hotkey) => [hotkey, 1e-9] as const);

describe('the usual length of an update', () => {
  it('is that of those who are trusted: a crowd of new keys does not make their work look long', () => {
    const of = timesUsual(new Map([[anna, 0.3], [ben, 0.3], [cleo, 0.3], ...tiny]), [anna, ben, cleo]);
    expect([anna, ben, cleo].map(of)).toEqual([1, 1, 1]);
  });

  it('is asked of nobody where only two are trusted, nor of the crowd', () => {
    const of = timesUsual(new Map([[anna, 0.3], [ben, 0.2], ...tiny]), [anna, ben]);
    expect([anna, ben].map(of)).toEqual([1, 1]);
  });

  it('holds for newcomers, too', () => {
    const of = timesUsual(new Map([[anna, 0.2], [ben, 0.2], [cleo, 0.4], ...tiny]), [anna, ben]);
    expect(of(cleo)).toBeCloseTo(2, 6);
  });

  it('is that of all while hardly anybody is trusted yet', () => {
    const of = timesUsual(
      new Map([
        [anna, 0.2],
        [ben, 0.2],
        [cleo, 0.4],
      ]),
      [],
    );
    expect(of(cleo)).toBeCloseTo(2, 6);
  });
});
