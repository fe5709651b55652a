import type { ScoringParams } from './scoring-params.ts';

/** Long-term standing, 0…100. It moves by what the worker did, never by absence or by what others did. */
export type Deed = 'good-work' | 'fault' | 'poison' | 'nothing';

/**
 * Towards 100 with the run's half-life; a fault takes a share, poison all.
 * @param roundBlocks length of the round in which it was done
 */
export function reputationAfter(reputation: number, deed: Deed, params: ScoringParams, roundBlocks: number): number {
  switch (deed) {
    case 'good-work':
      return reputation + (100 - reputation) * (1 - 2 ** (-roundBlocks / params.reputationHalfLifeBlocks));
    case 'fault':
      return reputation * params.reputationAfterFault;
    case 'poison':
      return 0;
    case 'nothing':
      return reputation;
  }
}

/** What the reward is multiplied by. */
export const rewardMultiplier = (reputation: number, { rewardAtNoReputation }: ScoringParams): number =>
  rewardAtNoReputation + ((1 - rewardAtNoReputation) * reputation) / 100;
