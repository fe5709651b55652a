import type { Hotkey } from '../ids.ts';
import { MAX_MANIFEST_ENTRIES, MAX_MANIFEST_RESULTS } from './manifest.ts';

interface Rated {
  readonly hotkey: Hotkey;
  readonly score: number;
}

/** Of what is to be merged as much as a manifest holds, in the order given: what weighs most, then the better workers'. */
export function fittingEntries<E extends { readonly hotkey: Hotkey; readonly weight: number }>(
  entries: readonly E[],
  ratings: readonly Rated[],
): readonly E[] {
  const scores = new Map(ratings.map(({ hotkey, score }) => [hotkey, score]));
  const scoreOf = ({ hotkey }: E): number => scores.get(hotkey) ?? 0;
  return first(MAX_MANIFEST_ENTRIES, entries, (a, b) => b.weight - a.weight || scoreOf(b) - scoreOf(a));
}

/** Of the ratings as many as a manifest holds, in the order given: the best. */
export const fittingRatings = <R extends Rated>(ratings: readonly R[]): readonly R[] =>
  first(MAX_MANIFEST_RESULTS, ratings, (a, b) => b.score - a.score);

/** How many of these updates have no place in a manifest that holds so many: nobody is to blame for leaving them out. */
export const withoutPlace = (updates: number, merged: number): number =>
  merged < MAX_MANIFEST_ENTRIES ? 0 : Math.max(0, updates - MAX_MANIFEST_ENTRIES);

/** Ties go by hotkey, so that whoever has the same ratings takes the same. */
function first<T extends { readonly hotkey: Hotkey }>(
  most: number,
  all: readonly T[],
  compare: (a: T, b: T) => number,
): readonly T[] {
  if (all.length <= most) return all;
  const best = all.toSorted((a, b) => compare(a, b) || (a.hotkey < b.hotkey ? -1 : 1)).slice(0, most);
  const chosen = new Set(best);
  return all.filter((one) => chosen.has(one));
}
