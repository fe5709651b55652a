import type { Hotkey } from '../ids.ts';
import type { Rating } from './observation.ts';
import type { ScoreBook } from './standing.ts';

/** u16 on chain. */
const MAX_WEIGHT = 65_535;

/**
 * Chain weights 0…65535 by hotkey, proportional to what the round pays, for those that were rated. Weights share out a fixed
 * emission, so an empty map (nobody earned anything) takes all weights back.
 */
export function rewardWeights(book: ScoreBook, ratings: readonly Rating[]): ReadonlyMap<Hotkey, number> {
  const payouts = ratings.map(({ hotkey }) => ({ hotkey, payout: book.standings.get(hotkey)?.payout ?? 0 }));
  const largest = Math.max(0, ...payouts.map(({ payout }) => payout));
  if (largest === 0) return new Map();
  return new Map(
    payouts
      .map(({ hotkey, payout }): [Hotkey, number] => [hotkey, Math.round((MAX_WEIGHT * payout) / largest)])
      .filter(([, weight]) => weight > 0),
  );
}
