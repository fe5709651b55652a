import { initialWeights } from '#protocol/initial-weights.ts';
import { integerHashes } from '#protocol/integer-hash.ts';
import type { ModelConfig } from '#protocol/model-shape.ts';
import type { Provider } from './providers.ts';
import { createTrainer } from './trainer.ts';

export interface TrialOptions {
  readonly config: ModelConfig;
  readonly batchSize: number;
  readonly threads: number;
}

export interface Trial {
  /** Of each step, nats. */
  readonly losses: readonly number[];
  /** The shortest step after the first, which pays for compiling. */
  readonly stepMs: number;
}

const STEPS = 4;
const SEED = 1;
const TOKENS_SALT = 11;
const LEARNING_RATE = 1e-3;

/** Trains the model for a few steps from fixed weights on fixed tokens. @throws MillraceError ENGINE when the provider cannot */
export async function tryProvider(provider: Provider, options: TrialOptions): Promise<Trial> {
  const { config, batchSize } = options;
  const trainer = await createTrainer({ ...options, provider });
  try {
    trainer.load(initialWeights(config, SEED));
    const count = batchSize * (config.sequenceLength + 1);
    const losses: number[] = [];
    let stepMs = Infinity;
    for (let step = 0; step < STEPS; step++) {
      const tokens = Int32Array.from(
        integerHashes(count, TOKENS_SALT, step * count),
        (hash) => hash % config.vocabSize,
      );
      const startedMs = performance.now();
      const { loss } = await trainer.trainStep(tokens, LEARNING_RATE);
      if (step > 0) stepMs = Math.min(stepMs, performance.now() - startedMs);
      losses.push(loss);
    }
    return { losses, stepMs };
  } finally {
    await trainer.dispose();
  }
}
