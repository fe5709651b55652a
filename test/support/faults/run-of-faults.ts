import { blobHash } from '#protocol/hash.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { readDevnetText } from '../../bench/support/text-windows.ts';
import { smallRun } from '../small-run.ts';

const PAGE_BYTES = 16 * 1024;
const PAGES = 40;
const HOLDOUT_PAGES = 8;

/** A model that learns English well above the noise of one evaluation, in rounds of a second for a dozen workers. */
export const faultsRun = {
  model: {
    ...smallRun.model,
    ...{ hiddenSize: 32, layers: 2, heads: 2, kvHeads: 2, headSize: 16, ffnSize: 64, sequenceLength: 32 },
  },
  // Three leads have three blocks each.
  round: { blocks: 20, trainBlocks: 8, leadBlocks: 3 },
  inner: { steps: 10, batchSize: 8, learningRate: 3e-3, warmupSteps: 0 },
  update: { chunkSize: 256, topK: 16, bits: 2, quantiser: 'nearest', errorDecay: 0.95 },
  evaluation: { sequences: 32, workers: 20 },
  checkpointEvery: 4,
} satisfies Partial<RunSpec>;

/** The run's text: pieces from all over the book, so that what is held out resembles the rest. */
export async function textPages(): Promise<Pick<RunSpec, 'data'> & { readonly pages: readonly Uint8Array[] }> {
  const text = await readDevnetText();
  const stride = Math.floor((text.length - PAGE_BYTES) / PAGES);
  const pages = Array.from({ length: PAGES }, (_, page) => text.slice(page * stride, page * stride + PAGE_BYTES));
  return {
    pages,
    data: {
      pages: pages.map((page) => ({ hash: blobHash(page), sizeBytes: page.length })),
      ...{ holdoutPages: HOLDOUT_PAGES, pagesPerRound: 4 },
    },
  };
}
