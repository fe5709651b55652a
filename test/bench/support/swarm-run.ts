import { blobHash } from '#protocol/hash.ts';
import { integerHashes } from '#protocol/integer-hash.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { DEFAULT_SCORING } from '#protocol/score/scoring-params.ts';

const PAGES = 12;
const PAGE_BYTES = 8 * 1024;
const WORDS = ['the', 'mill', 'turns', 'while', 'water', 'runs', 'and', 'stones', 'grind', 'corn', 'to', 'flour'];

/** Sentences without a meaning, but with something to learn, the same at every call. */
const pages: readonly Uint8Array[] = Array.from({ length: PAGES }, (_, page) => {
  const words = Array.from(integerHashes(PAGE_BYTES / 2, page), (hash) => WORDS[hash % WORDS.length] ?? '');
  return new TextEncoder().encode(words.join(' ')).subarray(0, PAGE_BYTES);
});

/** 37 thousand parameters: six dozen of them train on two cores in seconds, and what remains is the swarm's own cost. */
export function swarmRun(round: RunSpec['round']): { readonly spec: RunSpec; readonly pages: readonly Uint8Array[] } {
  const spec: RunSpec = {
    version: 3,
    name: 'Many workers on one machine',
    model: {
      ...{ hiddenSize: 32, layers: 2, heads: 2, kvHeads: 2, headSize: 16, ffnSize: 64 },
      ...{ vocabSize: 256, sequenceLength: 32, ropeTheta: 10_000, rmsNormEpsilon: 1e-5, tiedHead: false },
    },
    initialSeed: 1,
    data: {
      pages: pages.map((page) => ({ hash: blobHash(page), sizeBytes: page.length })),
      ...{ holdoutPages: 2, pagesPerRound: 2 },
    },
    round,
    inner: { steps: 4, batchSize: 4, learningRate: 2e-3, warmupSteps: 4 },
    update: { chunkSize: 1024, topK: 16, bits: 2, quantiser: 'nearest', errorDecay: 0.95 },
    outer: { learningRates: [{ fromStep: 0, rate: 1 }], mean: 'senders', momentum: 0, maxStaleness: 2 },
    // Everyone: else newcomers' updates wait for their turn, and the outer step of as many is not seen.
    evaluation: { sequences: 8, workers: 256 },
    scoring: DEFAULT_SCORING,
    checkpointEvery: 10,
  };
  return { spec, pages };
}
