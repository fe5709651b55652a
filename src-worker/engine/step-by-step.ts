import type { Tokens } from './tokens.ts';
import type { StepOptions, StepResult, Trainer } from './trainer.ts';

/** `Trainer.trainSteps` of a trainer whose tensors stay on its device: one step after the other. */
export async function stepByStep(
  { trainStep }: Pick<Trainer, 'trainStep'>,
  tokens: Tokens,
  learningRates: readonly number[],
  options?: StepOptions,
): Promise<readonly StepResult[]> {
  const batch = tokens.length / learningRates.length;
  const results: StepResult[] = [];
  for (const [step, learningRate] of learningRates.entries()) {
    results.push(await trainStep(tokens.subarray(step * batch, (step + 1) * batch), learningRate, options));
  }
  return results;
}
