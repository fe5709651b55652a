import type { ScoringParams } from './scoring-params.ts';

/**
 * One round of the pool in which a share of each reward waits: exponential, so that one number a worker is enough. On average a
 * held-back point waits `vestingRounds` rounds.
 * @param earned points of this round
 */
export function vest(
  heldBack: number,
  earned: number,
  { vestingShare, vestingRounds }: ScoringParams,
): { readonly heldBack: number; readonly payout: number } {
  const released = heldBack / vestingRounds;
  const withheld = vestingShare * earned;
  return { heldBack: heldBack - released + withheld, payout: earned - withheld + released };
}
