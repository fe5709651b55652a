import { integerHashes } from '#protocol/integer-hash.ts';
import type { ModelConfig } from '#protocol/model-shape.ts';

/** A model and a batch that every side trains; the names and sizes are those of the PyTorch program. */
export interface EngineConfig {
  readonly model: ModelConfig;
  readonly batchSize: number;
  /** Steps of each side in one pair. */
  readonly stepsPerPair: number;
  /** Pairs in which TensorFlow.js takes part, with one step: it is slower by an order of magnitude. */
  readonly tfjsPairs: number;
}

const common = { ropeTheta: 10_000, rmsNormEpsilon: 1e-5, tiedHead: false };

export const ENGINE_CONFIGS = {
  small: {
    model: {
      ...{ ...common, hiddenSize: 384, layers: 6, heads: 6, kvHeads: 6, headSize: 64 },
      ...{ ffnSize: 1024, vocabSize: 4096, sequenceLength: 256 },
    },
    ...{ batchSize: 4, stepsPerPair: 8, tfjsPairs: 5 },
  },
  medium: {
    model: {
      ...{ ...common, hiddenSize: 768, layers: 8, heads: 12, kvHeads: 4, headSize: 64 },
      ...{ ffnSize: 2048, vocabSize: 8192, sequenceLength: 512 },
    },
    ...{ batchSize: 2, stepsPerPair: 4, tfjsPairs: 2 },
  },
  tiny: {
    model: {
      ...{ ...common, hiddenSize: 128, layers: 4, heads: 4, kvHeads: 4, headSize: 32 },
      ...{ ffnSize: 352, vocabSize: 256, sequenceLength: 128 },
    },
    ...{ batchSize: 8, stepsPerPair: 20, tfjsPairs: 5 },
  },
} as const satisfies Record<string, EngineConfig>;

/** The tokens of step `index` (from 0), as the PyTorch program makes them: [batch, sequence + 1]. */
export function tokensOfStep({ vocabSize, sequenceLength }: ModelConfig, batchSize: number, index: number): Int32Array {
  const count = batchSize * (sequenceLength + 1);
  return Int32Array.from(integerHashes(count, 7, index * count), (hash) => hash % vocabSize);
}
