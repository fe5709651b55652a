import { MAX_MANIFEST_ENTRIES } from '../round/manifest.ts';
import type { Judgement } from './judge-gains.ts';
import type { Observation } from './observation.ts';
import { isCopy } from './observe.ts';
import type { ScoringParams } from './scoring-params.ts';
import type { Standing } from './standing.ts';

export interface MergeDecision {
  readonly merge: boolean;
  /** Good enough, and no place for it: no fault of the worker's. */
  readonly isLeftOut: boolean;
  /** 0…1, relative to a trusted worker's update of the same age. */
  readonly share: number;
  /** For the owner, when an update was there and is not merged. */
  readonly why: string | null;
}

/**
 * Whether an update becomes part of the next state, by the trust before the round. Evaluated: unless it harms more than noise
 * does; in quarantine only when it helps, unless hardly anybody's does. Not evaluated: only that of a trusted worker whose last
 * evaluation was good.
 */
export function mergeDecision(
  observation: Observation,
  before: Standing,
  judgement: Judgement | null,
  params: ScoringParams,
): MergeDecision {
  if (observation.kind !== 'update' || isCopy(observation)) return { ...NO, why: null };
  const { trust, negativeStreak } = before;
  if (observation.isTooFar) return refuse('larger than the inner steps of the run can make it');
  if (trust.kind === 'barred') return refuse(`barred for ${barredFor[trust.why]}`);
  if (judgement === null && trust.kind === 'quarantine') return refuse('in quarantine and not evaluated this round');
  if (judgement === null && negativeStreak > 0) return refuse('its last evaluation was not good, and it has none now');
  if (judgement !== null && judgement.gain < -params.noiseLimit) return refuse('it raises the loss');
  if (trust.kind === 'quarantine' && judgement?.verdict === 'negative')
    return refuse('in quarantine and it did not help');
  const share = trust.kind === 'quarantine' ? params.quarantineShare : 1;
  return { merge: share > 0, isLeftOut: false, share, why: null };
}

const barredFor = { poison: 'poisoning', harm: 'updates that did not help', copy: 'a copy' };

const NO = { merge: false, isLeftOut: false, share: 0 } as const;

const refuse = (why: string): MergeDecision => ({ ...NO, why });

/** For an update that is good enough, in a round in which others had the places. */
export const leftOut = ({ share }: MergeDecision): MergeDecision => ({
  ...{ merge: false, isLeftOut: true, share },
  why: `more were good than there are places (${MAX_MANIFEST_ENTRIES}), and the draw went to others; that is no fault`,
});
