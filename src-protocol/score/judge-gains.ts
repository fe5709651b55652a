import type { Hotkey } from '../ids.ts';
import type { Evaluation, Observation } from './observation.ts';
import type { ScoringParams } from './scoring-params.ts';

/** What an evaluation says, as shares of the loss. */
export interface Judgement {
  /**
   * Share by which the loss on unseen text fell; −∞ for a loss that is not a number. That of an update longer than usual counts as at
   * the usual length, to which the merge clips it, too: else the same work times five would seem worth five times as much. What it
   * does harm counts as it is.
   */
  readonly gain: number;
  readonly ownGain: number;
  /** As in the evaluation. */
  readonly ownData: number | null;
  /** How far it raised the loss, and more than the others' did in a round in which most did: 0 or more. */
  readonly harm: number;
  /**
   * `good`: the loss fell. `negative`: it did not. `harmful`: it rose by more than noise does. `poison`: by more than the poison
   * limit. `blatant`: by more than any mishap. `waived`: it did not fall, and neither did most others': the round's fault.
   */
  readonly verdict: 'good' | 'waived' | 'negative' | 'harmful' | 'poison' | 'blatant';
}

/** With fewer evaluations than that a majority says nothing about the round (the reference looks at its fifth best). */
const MIN_FOR_TYPICAL = 5;

/**
 * Judges a round's evaluations. One whose losses before the step are no numbers says nothing of the worker and is left out.
 * @param isWitness whether a worker's gain says how the round went; those that are barred do not decide that
 */
export function judgeGains(
  observations: readonly Observation[],
  params: ScoringParams,
  isWitness: (hotkey: Hotkey) => boolean,
): ReadonlyMap<Hotkey, Judgement> {
  const gains = observations.flatMap((observation) => {
    if (observation.kind !== 'update' || observation.evaluation === null) return [];
    const { hotkey, evaluation, timesUsualLength } = observation;
    return isMeasured(evaluation) ? [{ hotkey, ...gainsOf(evaluation, timesUsualLength) }] : [];
  });
  const typical = Math.min(0, typicalGain(gains.filter(({ hotkey }) => isWitness(hotkey)).map(({ gain }) => gain)));
  return new Map(
    gains.map(({ hotkey, gain, ownGain, ownData }) => {
      const harm = Math.max(0, typical - gain);
      return [hotkey, { gain, ownGain, ownData, harm, verdict: verdictOf(gain, harm, typical, params) }];
    }),
  );
}

function verdictOf(gain: number, harm: number, typical: number, params: ScoringParams): Judgement['verdict'] {
  if (harm > params.blatantLimit) return 'blatant';
  if (harm > params.poisonLimit) return 'poison';
  if (harm > params.noiseLimit) return 'harmful';
  if (gain > 0) return 'good';
  return typical < 0 ? 'waived' : 'negative';
}

/** The median, or 0 when there are too few. */
function typicalGain(gains: readonly number[]): number {
  if (gains.length < MIN_FOR_TYPICAL) return 0;
  return gains.toSorted((a, b) => a - b)[gains.length >> 1] ?? 0;
}

const isMeasured = ({ assignedBefore, randomBefore }: Evaluation): boolean =>
  [assignedBefore, randomBefore].every((loss) => Number.isFinite(loss) && loss > 0);

const gainsOf = (evaluation: Evaluation, timesUsualLength: number) => ({
  gain: atUsualLength(relativeFall(evaluation.randomBefore, evaluation.randomAfter), timesUsualLength),
  ownGain: relativeFall(evaluation.assignedBefore, evaluation.assignedAfter),
  ownData: evaluation.ownData,
});

const atUsualLength = (gain: number, timesUsual: number): number => (gain > 0 ? gain / Math.max(1, timesUsual) : gain);

/** Share by which a loss fell; −∞ where it is no number any more. */
export function relativeFall(before: number, after: number): number {
  const fall = (before - after) / before;
  return Number.isFinite(fall) ? fall : -Infinity;
}
