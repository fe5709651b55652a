import { blobHash } from '#protocol/hash.ts';
import type { RunId, StateRoot } from '#protocol/ids.ts';
import { keyPairFromSeed, type KeyPair } from '#protocol/keys.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { DEFAULT_SCORING } from '#protocol/score/scoring-params.ts';

/** A run whose model is small enough for any test. Pages are made by `pageBytes`. */
export const smallRun: RunSpec = {
  version: 3,
  name: 'test run',
  model: {
    hiddenSize: 16,
    layers: 1,
    heads: 2,
    kvHeads: 1,
    headSize: 8,
    ffnSize: 24,
    vocabSize: 256,
    sequenceLength: 8,
    ropeTheta: 10000,
    rmsNormEpsilon: 1e-5,
    tiedHead: false,
  },
  initialSeed: 1,
  data: {
    pages: Array.from({ length: 6 }, (_, page) => ({
      hash: blobHash(pageBytes(page)),
      sizeBytes: pageBytes(page).length,
    })),
    holdoutPages: 2,
    pagesPerRound: 2,
  },
  round: { blocks: 10, trainBlocks: 7, leadBlocks: 1 },
  inner: { steps: 3, batchSize: 2, learningRate: 1e-3, warmupSteps: 4 },
  update: { chunkSize: 256, topK: 16, bits: 2, quantiser: 'nearest', errorDecay: 0.95 },
  outer: { learningRates: [{ fromStep: 0, rate: 1 }], mean: 'senders', momentum: 0, maxStaleness: 2 },
  evaluation: { sequences: 2, workers: 20 },
  scoring: DEFAULT_SCORING,
  checkpointEvery: 2,
};

export function pageBytes(page: number): Uint8Array {
  return Uint8Array.from({ length: 100 + page }, (_, i) => (i * 7 + page * 31) % 256);
}

export const testRunId = 'ab'.repeat(32) as RunId;
export const testRoot = 'cd'.repeat(32) as StateRoot;
export const testKey = (n: number): KeyPair => keyPairFromSeed(new Uint8Array(32).fill(n));
