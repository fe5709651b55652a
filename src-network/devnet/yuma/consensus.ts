import { type Fixed, normalised, sum } from '../fixed32.ts';
import type { Matrix } from './matrix.ts';

/**
 * The stake-weighted median of each column: the smallest weight w for which validators with more than 1 − kappa of the
 * stake give at most w; so those who give at least w have at least kappa. A validator that says nothing of a miner gives it
 * 0. Source: pallets/subtensor/src/epoch/math.rs (weighted_median_col_sparse, weighted_median, which search by
 * bisection; the sums are exact, so that sorting finds the same weight).
 */
export function weightedMedians(weights: Matrix, stake: readonly Fixed[], kappa: Fixed): readonly Fixed[] {
  const voters = stake.flatMap((share, row) => (share > 0n ? [row] : []));
  const shares = normalised(voters.map((row) => stake[row] ?? 0n));
  const minority = sum(shares) - kappa;

  const given = weights.map(() => voters.map(() => 0n));
  voters.forEach((row, position) => {
    for (const { column, value } of weights[row] ?? []) {
      const scores = given[column];
      if (scores !== undefined) scores[position] = value;
    }
  });
  return given.map((scores) => weightedMedian(scores, shares, minority));
}

/** The smallest score with more than `minority` of the stake at or below it; the largest if there is none. */
export function weightedMedian(scores: readonly Fixed[], shares: readonly Fixed[], minority: Fixed): Fixed {
  const ascending = scores.map((score, position) => ({ score, share: shares[position] ?? 0n }));
  ascending.sort((a, b) => (a.score === b.score ? 0 : a.score < b.score ? -1 : 1));
  let below = 0n;
  for (const { score, share } of ascending) {
    below += share;
    if (below > minority) return score;
  }
  return ascending.at(-1)?.score ?? 0n;
}

/** No weight above its column's consensus. Cells that become 0 are left out. */
export const clipColumns = (weights: Matrix, consensus: readonly Fixed[]): Matrix =>
  weights.map((cells) =>
    cells.flatMap(({ column, value }) => {
      const most = consensus[column] ?? 0n;
      if (value <= most) return [{ column, value }];
      return most > 0n ? [{ column, value: most }] : [];
    }),
  );
