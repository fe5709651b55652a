import { toHex, utf8 } from '../bytes.ts';
import { domainHash } from '../hash.ts';
import type { Hotkey } from '../ids.ts';
import { MAX_MANIFEST_ENTRIES } from './manifest.ts';

/** Places for which newcomers draw among themselves, as long as there are so many: else a full round would never let one in. */
export const NEWCOMER_PLACES = 32;

/** Whose update is good enough to be merged. */
export interface Candidate {
  readonly hotkey: Hotkey;
  /** Whether it merges at less than the weight of a trusted worker's update of its age. */
  readonly isNewcomer: boolean;
}

/**
 * Who gets in when a manifest has fewer places than there are good updates: a draw, the same for whoever asks. Not the rating: those
 * of two validators differ a little, and who is always the 257th would work for nothing. A draw is of one worker and depends on
 * nobody else's, so that two validators which know of slightly different updates choose nearly the same.
 * @param seed hash of the round's seed block (clock.ts): nobody knows it while updates can still be announced
 */
export function withPlace(candidates: readonly Candidate[], seed: Uint8Array): ReadonlySet<Hotkey> {
  if (candidates.length <= MAX_MANIFEST_ENTRIES) return new Set(candidates.map(({ hotkey }) => hotkey));
  const drawn = candidates
    .map((candidate) => ({ ...candidate, draw: toHex(domainHash('millrace/place/1', seed, utf8(candidate.hotkey))) }))
    .toSorted((a, b) => (a.draw < b.draw ? -1 : 1));
  const newcomers = drawn.filter(({ isNewcomer }) => isNewcomer);
  const trusted = drawn.filter(({ isNewcomer }) => !isNewcomer);
  // Places that the others have no use for are theirs too.
  const free = Math.max(NEWCOMER_PLACES, MAX_MANIFEST_ENTRIES - trusted.length);
  const first = newcomers.slice(0, free);
  return new Set([...first, ...trusted.slice(0, MAX_MANIFEST_ENTRIES - first.length)].map(({ hotkey }) => hotkey));
}
