import { describe, expect, it } from 'vitest';
import { weightedMedian, weightedMedians } from '#network/devnet/yuma/consensus.ts';

/** As the chain's tests make them: from single precision. */
const fixed = (x: number): bigint => BigInt(Math.round(Math.fround(x) * 2 ** 32));
const fixedAll = (values: readonly number[]): readonly bigint[] => values.map(fixed);

/** pallets/subtensor/src/tests/math.rs at 14bc6f9f: test_math_weighted_median, majority 0.51. */
const medians: readonly { stake: number[]; score: number[]; median: number }[] = [
  { stake: [], score: [], median: 0 },
  { stake: [0.49, 0.51], score: [0.5, 1], median: 1 },
  { stake: [0.51, 0.49], score: [0.5, 1], median: 0.5 },
  { stake: [0.49, 0.01, 0.5], score: [0.5, 0.7, 1], median: 0.7 },
  { stake: [0.2, 0.2, 0.2, 0.2, 0.2], score: [0.8, 0.2, 1, 0.6, 0.4], median: 0.6 },
  { stake: Array<number>(10).fill(0.1), score: [0.8, 0.8, 0.2, 0.2, 1, 1, 0.6, 0.6, 0.4, 0.4], median: 0.6 },
];

/** There: test_math_weighted_median_col_sparse. Validators by row, miners by column. */
const columns: readonly { stake: number[]; rows: number[][]; kappa: number; medians: number[] }[] = [
  {
    stake: [0, 0.75, 0.25, 0],
    rows: [
      [0, 0.1, 0],
      [0, 0.2, 0.4],
      [0, 0.3, 0.1],
      [0, 0.4, 0.5],
    ],
    kappa: 0.24,
    medians: [0, 0.3, 0.4],
  },
  {
    stake: [0, 0.75, 0.25, 0],
    rows: [
      [0, 0.1, 0],
      [0, 0.2, 0.4],
      [0, 0.3, 0.1],
      [0, 0.4, 0.5],
    ],
    kappa: 0.26,
    medians: [0, 0.2, 0.4],
  },
  {
    stake: [0, 0.75, 0.25, 0],
    rows: [
      [0, 0.1, 0],
      [0, 0.2, 0.4],
      [0, 0.3, 0.1],
      [0, 0.4, 0.5],
    ],
    kappa: 0.76,
    medians: [0, 0.2, 0.1],
  },
  {
    stake: [0, 0.3, 0.2, 0.5],
    rows: [
      [0, 0.1, 0],
      [0, 0.2, 0.4],
      [0, 0.3, 0.1],
      [0, 0, 0.5],
    ],
    kappa: 0.51,
    medians: [0, 0, 0.4],
  },
];

describe('weightedMedian', () => {
  it.each(medians)('of $score with stake $stake is $median', ({ stake, score, median }) => {
    const shares = fixedAll(stake);
    const minority = shares.reduce((a, b) => a + b, 0n) - fixed(0.51);
    expect(weightedMedian(fixedAll(score), shares, minority)).toBe(fixed(median));
  });

  it('is the largest score when nobody need agree, and the smallest when all must', () => {
    const [scores, shares] = [fixedAll([0.1, 0.3, 0.2]), fixedAll([0.25, 0.5, 0.25])];
    expect(weightedMedian(scores, shares, fixed(1))).toBe(fixed(0.3));
    expect(weightedMedian(scores, shares, 0n)).toBe(fixed(0.1));
    expect(weightedMedian(scores, shares, -1n)).toBe(fixed(0.1));
  });
});

describe('weightedMedians', () => {
  it.each(columns)('with kappa $kappa and stake $stake are $medians', ({ stake, rows, kappa, medians: expected }) => {
    const matrix = rows.map((row) => row.map((value, column) => ({ column, value: fixed(value) })));
    expect(weightedMedians(matrix, fixedAll(stake), fixed(kappa)).slice(0, 3)).toEqual(fixedAll(expected));
  });

  it('count a validator that says nothing of a miner as a weight of 0', () => {
    const one = [{ column: 0, value: fixed(0.5) }];
    expect(weightedMedians([one, [], []], fixedAll([0.4, 0.3, 0.3]), fixed(0.5))).toEqual([0n, 0n, 0n]);
    expect(weightedMedians([one, [], []], fixedAll([0.6, 0.2, 0.2]), fixed(0.5))).toEqual([fixed(0.5), 0n, 0n]);
  });
});
