import * as v from 'valibot';
import { toHex } from './bytes.ts';
import { check, decodeCbor, encodeCbor } from './envelope.ts';
import { ProtocolError } from './errors.ts';
import { domainHash } from './hash.ts';
import type { RunId } from './ids.ts';
import { modelConfigSchema } from './model-shape.ts';
import { blobHashSchema } from './schemas.ts';
import { scoringSchema } from './score/scoring-params.ts';

/** A run specification is a blob; its hash is committed on chain by the subnet's owner. */
export const MAX_RUN_SPEC_BYTES = 8 * 1024 * 1024;
/** One page of training data: small enough to fetch four of them each round over a home link. */
export const MAX_PAGE_BYTES = 1024 * 1024;
const MAX_PAGES = 65_536;
const MAX_OUTER_RATES = 1000;
const MAX_OUTER_MOMENTUM = 0.999;

const integer = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const real = (min: number, max: number) => v.pipe(v.number(), v.minValue(min), v.maxValue(max));

const runSpecSchema = v.pipe(
  v.strictObject({
    /** 3: what is drawn in a round is drawn by the block after its deadline (round/clock.ts). */
    version: v.literal(3, (issue) => `it has version ${issue.received}, this program reads 3`),
    name: v.pipe(v.string(), v.minLength(1), v.maxLength(80)),
    model: modelConfigSchema,
    /** Salt of the initial weights (initial-weights.ts). */
    initialSeed: integer(0, 0xffffffff),
    data: v.strictObject({
      /** Byte tokens. The last `holdoutPages` are never assigned: they measure. */
      pages: v.pipe(
        v.array(v.strictObject({ hash: blobHashSchema, sizeBytes: integer(1, MAX_PAGE_BYTES) })),
        v.minLength(2),
        v.maxLength(MAX_PAGES),
      ),
      holdoutPages: integer(1, MAX_PAGES),
      /** Pages that one worker draws its windows from in one round. */
      pagesPerRound: integer(1, 64),
    }),
    round: v.strictObject({
      /** Length in blocks. Round r spans blocks r·blocks … (r+1)·blocks − 1. */
      blocks: integer(4, 100_000),
      /** An announcement must arrive before block r·blocks + trainBlocks. */
      trainBlocks: integer(2, 100_000),
      /** From the block after the deadline on the lead validator has this many blocks to publish the manifest, then the next one, and so on. */
      leadBlocks: integer(1, 100_000),
    }),
    inner: v.strictObject({
      steps: integer(1, 10_000),
      batchSize: integer(1, 4096),
      learningRate: real(1e-9, 1),
      /** The learning rate rises linearly over this many inner steps of the run. */
      warmupSteps: integer(0, 1_000_000),
    }),
    update: v.strictObject({
      chunkSize: integer(64, 4096),
      topK: integer(1, 4096),
      /** A value is sent as one of 2^bits levels. */
      bits: integer(1, 4),
      /** How levels are chosen (update/quantiser.ts). */
      quantiser: v.picklist(['nearest', 'deviation']),
      /** Decay of the error buffer before a round's difference is added. */
      errorDecay: real(0, 1),
    }),
    outer: v.strictObject({
      /** Each rate holds from its outer step on, counted from 0, until the next one's. */
      learningRates: v.pipe(
        v.array(v.strictObject({ fromStep: integer(0, 0xffffffff), rate: real(1e-6, 10) })),
        v.minLength(1),
        v.maxLength(MAX_OUTER_RATES),
      ),
      /** A coordinate's mean runs over the peers that sent it, or over all selected peers. */
      mean: v.picklist(['senders', 'all']),
      /** Nesterov's μ; 0: no momentum, and no tensors for it in the state. At 1 a direction would never be forgotten. */
      momentum: real(0, MAX_OUTER_MOMENTUM),
      /** An update that starts from the state of so many outer steps ago still counts, at a lower weight. 0: only the newest. */
      maxStaleness: integer(0, 8),
    }),
    evaluation: v.strictObject({
      /** Windows of each kind (assigned, other, held out) on which an update is scored. A single one could not say what is chance. */
      sequences: integer(2, 4096),
      /** Workers whose updates a validator evaluates in one round; all when there are fewer. */
      workers: integer(1, 4096),
    }),
    scoring: scoringSchema,
    /** A checkpoint every so many outer steps. */
    checkpointEvery: integer(1, 10_000),
  }),
  v.check(
    ({ round }) => round.trainBlocks + 1 + round.leadBlocks < round.blocks,
    'round.trainBlocks, the block after them and leadBlocks together must be below round.blocks',
  ),
  v.check((spec) => spec.data.holdoutPages < spec.data.pages.length, 'data.holdoutPages leaves no page to train on'),
  v.check((spec) => spec.update.topK <= spec.update.chunkSize, 'update.topK must not exceed update.chunkSize'),
  v.check((spec) => spec.outer.learningRates[0]?.fromStep === 0, 'outer.learningRates must begin with fromStep 0'),
  v.check(
    ({ outer: { learningRates } }) =>
      learningRates.every(({ fromStep }, i) => i === 0 || fromStep > (learningRates[i - 1]?.fromStep ?? 0)),
    'outer.learningRates must be in the order of fromStep, each step once',
  ),
  v.check((spec) => spec.model.vocabSize >= 256, 'byte tokens need a vocabulary of at least 256'),
  v.check(
    (spec) => spec.data.pages.every((page) => page.sizeBytes > spec.model.sequenceLength),
    'every page must hold at least one window',
  ),
);

/** Everything that all sides of a training run must agree on. */
export type RunSpec = v.InferOutput<typeof runSpecSchema>;

export const encodeRunSpec = (spec: RunSpec): Uint8Array => encodeCbor(spec);

/** @throws ProtocolError that names the field */
export function decodeRunSpec(bytes: Uint8Array): RunSpec {
  if (bytes.length > MAX_RUN_SPEC_BYTES)
    throw new ProtocolError(`Run specification of ${bytes.length} bytes is too large`);
  return check(runSpecSchema, decodeCbor(bytes), 'Run specification');
}

/** Names the run: a hash over the specification's bytes. */
export const runIdOf = (specBytes: Uint8Array): RunId => toHex(domainHash('millrace/run/1', specBytes)) as RunId;
