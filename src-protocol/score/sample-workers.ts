import { domainHash } from '../hash.ts';
import type { Hotkey } from '../ids.ts';
import { randomStream } from '../random.ts';
import { newcomer, type ScoreBook, type Standing } from './standing.ts';
import type { ScoringParams } from './scoring-params.ts';

/** Newcomers and suspects get at most this share of the places while others wait, so that a crowd of new keys hides nobody. */
const FIRST_SHARE = 0.5;
/** Of the others' places this share is drawn from all of them, so that nobody is safe for having been evaluated just now. */
const DRAWN_SHARE = 0.25;

/**
 * Whose updates are evaluated in a round: newcomers and suspects, then those whose last evaluation is longest ago, and some drawn
 * from all the rest; a draw among equals. Does not depend on the order of `candidates`.
 * @param seed hash of the round's seed block (round/clock.ts), which nobody knows while updates can still be announced
 */
export function sampleWorkers(
  book: ScoreBook,
  candidates: readonly Hotkey[],
  count: number,
  params: ScoringParams,
  seed: Uint8Array,
): readonly Hotkey[] {
  const random = randomStream(domainHash('millrace/evaluated/1', seed));
  const drawn = [...new Set(candidates)]
    .toSorted()
    .map((hotkey) => ({ hotkey, standing: book.standings.get(hotkey) ?? newcomer(params), draw: random.nextUint32() }))
    .toSorted((a, b) => a.draw - b.draw);
  if (drawn.length <= count) return drawn.map(({ hotkey }) => hotkey);
  const byAge = drawn.toSorted((a, b) => (a.standing.lastEvaluated ?? -1) - (b.standing.lastEvaluated ?? -1));
  const first = byAge.filter(({ standing }) => needsLook(standing));
  const others = byAge.filter(({ standing }) => !needsLook(standing));
  const firstPlaces = Math.min(first.length, Math.max(Math.ceil(FIRST_SHARE * count), count - others.length));
  const drawnPlaces = Math.floor(DRAWN_SHARE * (count - firstPlaces));
  const oldest = others.slice(0, count - firstPlaces - drawnPlaces);
  const rest = drawn.filter((one) => !oldest.includes(one) && !needsLook(one.standing));
  return [...first.slice(0, firstPlaces), ...oldest, ...rest.slice(0, drawnPlaces)].map(({ hotkey }) => hotkey);
}

/** Whose next update nobody can vouch for. */
const needsLook = ({ trust, negativeStreak }: Standing): boolean => trust.kind !== 'trusted' || negativeStreak > 0;
