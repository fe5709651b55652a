import type { StepResult } from '../engine/trainer.ts';

/** A loss this much above the mean of the round's steps before it is no bad batch any more: training has gone wrong. */
const SPIKE_NATS = 2;

/**
 * Why training must not go on after this step, in words; `null` when it may.
 * @param losses of the round's steps before this one, nats
 */
export function diagnoseStep(losses: readonly number[], { loss, gradientNorm }: StepResult): string | null {
  const step = losses.length + 1;
  if (!Number.isFinite(loss)) return `the loss of inner step ${step} is ${loss}`;
  if (!Number.isFinite(gradientNorm)) return `the gradient of inner step ${step} has the norm ${gradientNorm}`;
  if (losses.length === 0) return null;
  const mean = losses.reduce((sum, value) => sum + value, 0) / losses.length;
  if (loss <= mean + SPIKE_NATS) return null;
  return `the loss has jumped from ${mean.toFixed(2)} to ${loss.toFixed(2)} at inner step ${step} (gradient norm ${gradientNorm.toPrecision(2)})`;
}
