import type { RunSpec } from './run-spec.ts';

/** What of the specification moves the state; which updates may take part is another matter. */
export type OuterSchedule = Omit<RunSpec['outer'], 'maxStaleness'>;

/** How one outer step moves the global state. */
export interface OuterRule {
  /** α. */
  readonly learningRate: number;
  /** A coordinate's mean runs over the peers that sent it, or over all selected peers. */
  readonly mean: RunSpec['outer']['mean'];
  /** μ, 0 without outer momentum. */
  readonly momentum: number;
}

/**
 * The rule by which a state moves that `stepsBefore` outer steps have led to. A rate holds until the next one's step: nothing is
 * interpolated, so that no rounding is left to agree on.
 */
export function outerRuleAt({ learningRates, mean, momentum }: OuterSchedule, stepsBefore: number): OuterRule {
  const learningRate = learningRates.findLast(({ fromStep }) => fromStep <= stepsBefore)?.rate;
  if (learningRate === undefined) throw new RangeError(`No outer learning rate for step ${stepsBefore}`);
  return { learningRate, mean, momentum };
}
