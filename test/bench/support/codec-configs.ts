import type { Hotkey, RunId, StateRoot } from '#protocol/ids.ts';
import { addressOf } from '#protocol/keys.ts';
import type { ModelConfig } from '#protocol/model-shape.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { DEFAULT_SCORING } from '#protocol/score/scoring-params.ts';
import { DEVNET_MODEL } from '#network/validator/found-run.ts';

const common = { sequenceLength: 512, ropeTheta: 10_000, rmsNormEpsilon: 1e-5, tiedHead: true };

/** Models of exactly 2²⁴ and 2²⁷ values, with one-dimensional and ragged tensors. */
export const CODEC_MODELS = {
  '16777216': {
    ...common,
    hiddenSize: 512,
    layers: 4,
    heads: 8,
    kvHeads: 8,
    headSize: 64,
    ffnSize: 1344,
    vocabSize: 8439,
  },
  '134217728': {
    ...{
      ...common,
      hiddenSize: 1024,
      layers: 8,
      heads: 16,
      kvHeads: 16,
      headSize: 64,
      ffnSize: 2816,
      vocabSize: 30_703,
    },
  },
  tiny: DEVNET_MODEL,
} as const satisfies Record<string, ModelConfig>;
export type CodecModel = keyof typeof CODEC_MODELS;

/** A run with the setting of the devnet; what has nothing to do with updates is as small as can be. */
export const codecRun = (model: ModelConfig, quantiser: RunSpec['update']['quantiser'] = 'nearest'): RunSpec => ({
  ...{
    version: 3,
    name: 'codec bench',
    model,
    initialSeed: 0,
    checkpointEvery: 1,
    evaluation: { sequences: 1, workers: 1 },
  },
  data: { pages: [], holdoutPages: 1, pagesPerRound: 1 },
  round: { blocks: 5, trainBlocks: 2, leadBlocks: 1 },
  inner: { steps: 1, batchSize: 1, learningRate: 1e-3, warmupSteps: 0 },
  update: { chunkSize: 4096, topK: 64, bits: 2, quantiser, errorDecay: 0.95 },
  outer: { learningRates: [{ fromStep: 0, rate: 1 }], mean: 'senders', momentum: 0, maxStaleness: 0 },
  scoring: DEFAULT_SCORING,
});

export const codecTarget = {
  ...{ run: '00'.repeat(32) as RunId, baseRoot: '00'.repeat(32) as StateRoot },
  ...{ round: 0, shard: 0, maker: addressOf(new Uint8Array(32)) as Hotkey },
};
