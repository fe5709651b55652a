import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { concatBytes } from '#protocol/bytes.ts';
import { MillraceError } from '#protocol/errors.ts';
import { blobHash } from '#protocol/hash.ts';
import type { RoundTiming } from '#protocol/round/clock.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { DEFAULT_SCORING } from '#protocol/score/scoring-params.ts';
import type { FoundRun } from '#protocol/worker-messages.ts';

/** The first run of a devnet: about 0.9 M parameters on bytes, small enough for every laptop's CPU. */
export const DEVNET_MODEL: RunSpec['model'] = {
  hiddenSize: 128,
  layers: 4,
  heads: 4,
  kvHeads: 4,
  headSize: 32,
  ffnSize: 352,
  vocabSize: 256,
  sequenceLength: 128,
  ropeTheta: 10_000,
  rmsNormEpsilon: 1e-5,
  tiedHead: false,
};
const PAGE_BYTES = 64 * 1024;
/** Every so many pages one is held out, so that the measure covers the whole text. */
const HOLDOUT_STRIDE = 20;

/** Reads `.txt` files (a folder's, in the order of their names, or one file) as one stream of bytes. */
export async function readText(path: string): Promise<Uint8Array> {
  const isFolder = (await stat(path)).isDirectory();
  const files = isFolder ? (await readdir(path)).filter((name) => name.endsWith('.txt')).sort() : [path];
  const texts = await Promise.all(files.map((name) => readFile(isFolder ? join(path, name) : name)));
  return concatBytes(...texts);
}

export interface FoundedRun {
  readonly spec: RunSpec;
  /** In the order of `spec.data.pages`. */
  readonly pages: readonly Uint8Array[];
}

/** Three leads may take turns from the block after the deadline on, where the round is long enough. */
const LEADS = 3;

const roundTiming = ({ roundBlocks, trainBlocks }: Pick<FoundRun, 'roundBlocks' | 'trainBlocks'>): RoundTiming => ({
  ...{ blocks: roundBlocks, trainBlocks },
  leadBlocks: Math.max(1, Math.floor((roundBlocks - trainBlocks - 1) / LEADS)),
});

/** Cuts the text into pages and describes the run over them. @throws MillraceError USAGE when the text is too short */
export function foundRun(text: Uint8Array, timing: Pick<FoundRun, 'roundBlocks' | 'trainBlocks'>): FoundedRun {
  const all = Array.from({ length: Math.floor(text.length / PAGE_BYTES) }, (_, page) =>
    text.slice(page * PAGE_BYTES, (page + 1) * PAGE_BYTES),
  );
  if (all.length < HOLDOUT_STRIDE) {
    throw new MillraceError(
      'USAGE',
      `A run needs at least ${HOLDOUT_STRIDE * PAGE_BYTES} bytes of text, this has ${text.length}`,
    );
  }
  const isHeldOut = (page: number): boolean => page % HOLDOUT_STRIDE === HOLDOUT_STRIDE - 1;
  const holdout = all.filter((_, page) => isHeldOut(page));
  const pages = [...all.filter((_, page) => !isHeldOut(page)), ...holdout];
  const spec: RunSpec = {
    version: 3,
    name: 'Devnet: a small Llama on English text',
    model: DEVNET_MODEL,
    initialSeed: 0,
    data: {
      pages: pages.map((page) => ({ hash: blobHash(page), sizeBytes: page.length })),
      holdoutPages: holdout.length,
      pagesPerRound: 4,
    },
    round: roundTiming(timing),
    // Measured with 3 workers over 50 rounds: 2e-3 falls in every round and reaches 1.2 nats per byte (docs/ARCHITECTURE.md).
    inner: { steps: 30, batchSize: 8, learningRate: 2e-3, warmupSteps: 30 },
    update: { chunkSize: 4096, topK: 64, bits: 2, quantiser: 'nearest', errorDecay: 0.95 },
    outer: { learningRates: [{ fromStep: 0, rate: 1 }], mean: 'senders', momentum: 0, maxStaleness: 2 },
    evaluation: { sequences: 8, workers: 20 },
    scoring: DEFAULT_SCORING,
    checkpointEvery: 10,
  };
  return { spec, pages };
}
