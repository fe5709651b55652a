import type { Hotkey } from '#protocol/ids.ts';
import { firstBlock, type RoundTiming } from '#protocol/round/clock.ts';
import { bookOfMembers, EMPTY_BOOK, type ScoreBook } from '#protocol/score/standing.ts';

interface RoundToRate {
  readonly round: number;
  /** Whether an update of it came here. */
  readonly isWorkedIn: boolean;
  /** Block of each member's registration. */
  readonly registeredAt: ReadonlyMap<Hotkey, number>;
  readonly timing: RoundTiming;
}

/**
 * The book with which a round is rated. One that knows a later round is of another chain, which began anew: then all begin anew. But
 * only when workers are in this round, too: a node that lags by a round shows old blocks, and what was earned over weeks must not
 * be lost by that.
 */
export function bookBefore(book: ScoreBook, { round, isWorkedIn, registeredAt, timing }: RoundToRate): ScoreBook {
  const isAhead = book.ratedRound > round;
  // Nor are those members gone who are not registered yet in what such a node shows.
  if (isAhead && !isWorkedIn) return book;
  const own = isAhead ? EMPTY_BOOK : book;
  return bookOfMembers(own, registeredAt, firstBlock(own.ratedRound, timing));
}
