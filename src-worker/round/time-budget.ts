/** Time that is left of a round's training phase, as one worker sees it. */
export interface TimeLeft {
  /** Blocks until announcements close. */
  readonly blocksLeft: number;
  readonly blockMs: number;
  /** Since the newest block was seen. */
  readonly sinceBlockMs: number;
}

/** Before the first round nobody knows how long compressing and announcing take here. */
export const FIRST_OVERHEAD_MS = 1_500;
/** Machines and links vary: a late update is worth nothing, a step less costs little. */
const SAFETY = 1.5;

/**
 * Whether one more inner step leaves enough time to compress and announce.
 * @param slowestStepMs of this round so far; 0 before the first
 * @param overheadMs from the last inner step to the validator's answer, as measured in the round before
 */
export function fitsAnotherStep(time: TimeLeft, slowestStepMs: number, overheadMs: number): boolean {
  return trainingLeftMs(time, overheadMs) > SAFETY * slowestStepMs;
}

/** How long the training may still take, so that compressing and announcing are done in time; not above 0: it must end. */
export function trainingLeftMs({ blocksLeft, blockMs, sinceBlockMs }: TimeLeft, overheadMs: number): number {
  return blocksLeft * blockMs - sinceBlockMs - SAFETY * overheadMs;
}

/**
 * What is kept back for compressing and announcing: as measured, but at most half of the phase. A validator that hung once, or a
 * machine that was busy, must not keep a worker from training in the rounds after it.
 * @param phaseMs how long a whole training phase is
 */
export const plannedOverheadMs = (overheadMs: number, phaseMs: number): number =>
  Math.min(overheadMs, phaseMs / (2 * SAFETY));

/**
 * What to expect after a round in which nothing was sent, so that nothing was measured: a single slow answer must not keep a
 * worker from training for ever.
 */
export const lessOverheadMs = (overheadMs: number): number =>
  Math.min(overheadMs, Math.max(FIRST_OVERHEAD_MS, overheadMs / 2));
