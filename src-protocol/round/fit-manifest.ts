import type { Hotkey } from '../ids.ts';
import { MAX_MANIFEST_RESULTS } from './manifest.ts';

/** Of the ratings as many as a manifest holds, in the order given: the best. Ties go by hotkey. */
export function fittingRatings<R extends { readonly hotkey: Hotkey; readonly score: number }>(
  ratings: readonly R[],
): readonly R[] {
  if (ratings.length <= MAX_MANIFEST_RESULTS) return ratings;
  const best = ratings
    .toSorted((a, b) => b.score - a.score || (a.hotkey < b.hotkey ? -1 : 1))
    .slice(0, MAX_MANIFEST_RESULTS);
  const chosen = new Set(best);
  return ratings.filter((one) => chosen.has(one));
}
