import { describe, expect, it } from 'vitest';
import type { Hotkey } from '#protocol/ids.ts';
import { sampleWorkers } from '#protocol/score/sample-workers.ts';
import { DEFAULT_SCORING } from '#protocol/score/scoring-params.ts';
import { EMPTY_BOOK, newcomer, type ScoreBook, type Standing } from '#protocol/score/standing.ts';

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n}` as Hotkey);
const bookOf = (hotkeys: readonly Hotkey[], standing: (n: number) => Partial<Standing>): ScoreBook => ({
  ...EMPTY_BOOK,
  standings: new Map(
    hotkeys.map((hotkey, n) => [
      hotkey,
      { ...newcomer(DEFAULT_SCORING), trust: { kind: 'trusted' } as const, lastEvaluated: 10, ...standing(n) },
    ]),
  ),
});
const sample = (book: ScoreBook, candidates: readonly Hotkey[], count: number, seed = 1) =>
  sampleWorkers(book, candidates, count, DEFAULT_SCORING, Uint8Array.of(seed));
const old = names('old', 20);
const oldBook = bookOf(old, (n) => ({ lastEvaluated: n }));

describe('the workers that are evaluated', () => {
  it('are all when there are few', () => {
    expect(new Set(sample(oldBook, old, 20))).toEqual(new Set(old));
    expect(sample(oldBook, [], 5)).toEqual([]);
  });

  it('are as many as asked for, each once', () => {
    const doubled = [...old, ...old];
    for (let count = 0; count < 20; count += 1) expect(new Set(sample(oldBook, doubled, count)).size).toBe(count);
  });

  it('are newcomers and suspects first', () => {
    const suspects = bookOf(old, (n) => ({ negativeStreak: n === 3 ? 1 : 0 }));
    for (let seed = 0; seed < 20; seed += 1) {
      expect(sample(suspects, [...old, 'new' as Hotkey], 4, seed)).toEqual(expect.arrayContaining(['new', 'old3']));
    }
  });

  it('are not newcomers alone, however many come', () => {
    const chosen = sample(oldBook, [...old, ...names('new', 500)], 8);
    expect(chosen.filter((hotkey) => hotkey.startsWith('new'))).toHaveLength(4);
    expect(sample(oldBook, [...old.slice(0, 1), ...names('new', 500)], 8), 'unless nobody else waits').toHaveLength(8);
  });

  it('are for the most part those whose last evaluation is longest ago', () => {
    expect(sample(oldBook, old, 8)).toEqual(expect.arrayContaining(['old0', 'old1', 'old2', 'old3', 'old4', 'old5']));
  });

  it('can be anybody, so that nobody is safe just after an evaluation', () => {
    const chosen = new Set(Array.from({ length: 60 }, (_, seed) => sample(oldBook, old, 8, seed)).flat());
    expect(chosen).toEqual(new Set(old));
  });

  it('follow from the seed, whatever the order of the candidates', () => {
    expect(sample(oldBook, old.toReversed(), 8)).toEqual(sample(oldBook, old, 8));
    const equal = bookOf(old, () => ({}));
    expect(sample(equal, old, 8, 1)).not.toEqual(sample(equal, old, 8, 2));
  });
});
