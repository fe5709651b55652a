import type { AppState } from '#protocol/contract/state.ts';

/** As the newest rated round has it; `null` before the first. A round without a verdict takes nothing away. */
export const newestReputation = ({ rounds }: Pick<AppState, 'rounds'>): number | null =>
  rounds.findLast(({ reputation }) => reputation !== null)?.reputation ?? null;
