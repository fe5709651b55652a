import { MillraceError } from '#protocol/errors.ts';
import { openDevice } from './open-device.ts';
import { keepsTensors } from './providers.ts';
import { createTrainer, trainsAtOnce, type Trainer, type TrainerOptions } from './trainer.ts';
import { createUnrolledTrainer } from './unrolled-trainer.ts';

export interface ProviderTrainerOptions extends TrainerOptions {
  /** As chosen before, for a provider that keeps no tensors; without it the first runs are measured. */
  readonly stepsPerRun?: number | undefined;
}

/** The trainer that suits a provider; its parameters are zeros until `load`. @throws MillraceError ENGINE */
export async function createProviderTrainer(options: ProviderTrainerOptions): Promise<Trainer> {
  const { provider, batchSize, largestRunSize = batchSize } = options;
  if (keepsTensors(provider)) return createTrainer(options);
  // Parts of a batch in runs of their own would take the whole state up and down for each part.
  if (largestRunSize < batchSize) {
    const message = `${provider} runs a batch of ${batchSize} windows at once, and the memory is enough for ${largestRunSize}`;
    throw new MillraceError('ENGINE', message);
  }
  if (!trainsAtOnce(options)) {
    throw new MillraceError(
      'ENGINE',
      `${provider} keeps no state between runs, so no way to save memory applies to it`,
    );
  }
  return createUnrolledTrainer(await openDevice(options), options);
}
