import { errorMessage, MillraceError } from '#protocol/errors.ts';
import type { Parameters } from './parameters.ts';
import { RuntimeFailure } from './runtime.ts';
import type { Trainer } from './trainer.ts';

/**
 * A trainer that goes on with another one when its device is lost. The step that finds out fails with DEVICE_LOST, because
 * what the device held is gone; the parameters of the last `load` are in the new trainer.
 * @param createNext the trainer to go on with, called once
 */
export function withFallback(first: Trainer, createNext: () => Promise<Trainer>): Trainer {
  let trainer = first;
  let hasFallenBack = false;
  let loaded: Parameters | null = null;

  async function fallBack(cause: unknown): Promise<MillraceError> {
    hasFallenBack = true;
    await trainer.dispose().catch(() => undefined); // what is lost need not be freed
    trainer = await createNext();
    if (loaded !== null) trainer.load(loaded);
    const message = `The device was lost and the CPU goes on: ${errorMessage(cause)}`;
    return new MillraceError('DEVICE_LOST', message, { cause });
  }
  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // Anything else is the caller's mistake or wish.
      if (hasFallenBack || !(error instanceof RuntimeFailure)) throw error;
      throw await fallBack(error);
    }
  }
  return {
    load: (parameters) => {
      trainer.load(parameters);
      loaded = parameters;
    },
    trainStep: (tokens, learningRate, options = {}) => guarded(() => trainer.trainStep(tokens, learningRate, options)),
    trainSteps: (tokens, learningRates, options = {}) =>
      guarded(() => trainer.trainSteps(tokens, learningRates, options)),
    stepsPerRun: () => trainer.stepsPerRun(),
    parameters: () => guarded(() => trainer.parameters()),
    resetOptimizer: () => trainer.resetOptimizer(),
    traffic: () => trainer.traffic(),
    dispose: () => trainer.dispose(),
  };
}
