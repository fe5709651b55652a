import type { RunSpec } from '#protocol/run-spec.ts';
import { keptCount } from '#protocol/update/chunks.ts';
import { partsOf, tensorSizes } from '#protocol/update/parts.ts';
import type { OpenedUpdate } from '#protocol/update/update-blob.ts';
import { learningRateAt } from '#worker/round/train-round.ts';

/**
 * Learning rates that a value moves in one inner step at most. AdamW with β 0.9 and 0.95 moves it by at most
 * (1 − β₁) ÷ √(1 − β₂) ÷ √(1 − β₁² ÷ β₂) = 1.17 of them (Cauchy and Schwarz on its two averages); the rest is for weight decay.
 */
const MOST_RATES = 2;

/** √ of the sum of all squares. */
const normOf = ({ squares }: Pick<OpenedUpdate, 'squares'>): number =>
  Math.sqrt(squares.reduce((sum, square) => sum + square, 0));

/**
 * Whether an update goes farther than all inner steps of a round together can, with all that error feedback may have kept of rounds
 * before (errors decay: at most 1 ÷ (1 − decay) rounds' worth). It follows from the run alone, whatever others send, so that no
 * crowd can make honest work look too large. A run whose errors never decay has no such bound.
 * @param step outer steps done: the learning rate of the round that is judged
 */
export function isTooFar(spec: RunSpec, step: number, update: Pick<OpenedUpdate, 'squares'>): boolean {
  const { inner, update: codec } = spec;
  const rate = learningRateAt(inner, step * inner.steps + inner.steps - 1);
  const farthest = (MOST_RATES * rate * inner.steps) / (1 - codec.errorDecay);
  const sent = partsOf(tensorSizes(spec), codec).reduce((sum, { length }) => sum + keptCount(length, codec), 0);
  return normOf(update) > Math.sqrt(sent) * farthest;
}
