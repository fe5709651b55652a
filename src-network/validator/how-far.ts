import type { Hotkey } from '#protocol/ids.ts';
import { median } from '#protocol/outer-step.ts';
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

/** Fewer others than that do not say what is usual. */
const MIN_FOR_USUAL = 2;

/** An update by who made it, and in how many inner steps, as it says. */
export interface Length {
  readonly hotkey: Hotkey;
  readonly innerSteps: number;
  readonly update: Pick<OpenedUpdate, 'squares'>;
}

/**
 * How long an update is in what the others' usually are: the median of their norms, each as it may be after as many inner steps as
 * this one says it has made. Steps that go on in one direction make a length grow in proportion, steps in random directions with the
 * root: the kinder of both is assumed, so that nobody is blamed for having made more or fewer steps.
 * @param others whose updates are honest as far as is known; where half of them are not, they can make all work look long
 */
export function timesUsualLength({ hotkey, innerSteps, update }: Length, others: readonly Length[]): number {
  const usual = others
    .filter((other) => other.hotkey !== hotkey)
    .map((other) => {
      const ratio = innerSteps / other.innerSteps;
      return normOf(other.update) * (ratio > 1 ? ratio : Math.sqrt(ratio));
    });
  const times = normOf(update) / median(usual);
  return usual.length >= MIN_FOR_USUAL && Number.isFinite(times) ? times : 1;
}

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
