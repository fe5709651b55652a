import * as v from 'valibot';
import { MAX_ENDPOINTS } from '../contract/endpoints.ts';
import { CHAIN_NAMES } from '../contract/state.ts';
import { stateRootSchema, uint32Schema } from '../schemas.ts';

/** What main and the process that exports or verifies (dist/export.js) say to each other. */
const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));
const url = v.pipe(v.string(), v.maxLength(2048));
const netuid = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535));
const words = v.pipe(v.string(), v.maxLength(4000));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const exportChainSchema = v.strictObject({
  /** The preferred one first. */
  endpoints: v.pipe(v.array(url), v.minLength(1), v.maxLength(MAX_ENDPOINTS)),
  /** What was chosen, and its first block: see `genesisProblem`. */
  name: v.picklist(CHAIN_NAMES),
  genesisHash: v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
});
/** Where a chain answers, and which one it must be. */
export type ExportChain = v.InferOutput<typeof exportChainSchema>;

const exportStartSchema = v.strictObject({
  kind: v.literal('start-export'),
  chain: exportChainSchema,
  netuid,
  /** The first digits of the run's id; `null`: whichever run the subnet trains. */
  run: v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{4,64}$/))),
  /** `null`: the newest. */
  round: v.nullable(uint32Schema),
  /** Absolute. */
  out: path,
  /** A folder on the same disk as `out`, which does not exist yet and is gone afterwards. */
  workDir: path,
  /** Whether an earlier export in `out` may go. */
  replace: v.boolean(),
  threads: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(256)),
  madeBy: v.pipe(v.string(), v.maxLength(100)),
  nowMs: count,
});

const verifyStartSchema = v.strictObject({
  kind: v.literal('start-verify'),
  /** Absolute. */
  folder: path,
  /** A chain to ask whether the signer is a validator; `null`: none. */
  chain: v.nullable(exportChainSchema),
  netuid,
});

export const exportProcessStartSchema = v.variant('kind', [exportStartSchema, verifyStartSchema]);
export type ExportStart = v.InferOutput<typeof exportStartSchema>;
export type VerifyStart = v.InferOutput<typeof verifyStartSchema>;

const checkSchema = v.object({
  /** One of a few words: `files`, `weights`, … */
  name: v.pipe(v.string(), v.maxLength(40)),
  result: v.picklist(['ok', 'failed', 'skipped']),
  /** What was found, in words; of a failure everything that is wrong, the most telling first. */
  details: v.pipe(v.array(words), v.maxLength(100)),
});
/** One thing that a folder was checked for. Skipped: it could not be, because another has failed. */
export type Check = v.InferOutput<typeof checkSchema>;

const exportedSchema = v.object({
  kind: v.literal('exported'),
  run: v.object({ id: words, name: words }),
  round: uint32Schema,
  step: uint32Schema,
  stateRoot: stateRootSchema,
  signer: words,
  /** Manifests in the folder. */
  manifests: count,
  files: count,
  sizeBytes: count,
});

const verifiedSchema = v.object({
  kind: v.literal('verified'),
  ok: v.boolean(),
  run: v.nullable(v.object({ id: words, name: words })),
  round: v.nullable(uint32Schema),
  stateRoot: v.nullable(stateRootSchema),
  /** Who signed the manifest of the exported round. */
  signer: v.nullable(words),
  /** What a folder alone cannot tell. */
  unknown: v.pipe(v.array(words), v.maxLength(20)),
});

const exportMessageSchema = v.variant('kind', [
  v.object({ kind: v.literal('step'), detail: words }),
  v.object({ kind: v.literal('log'), level: v.picklist(['info', 'warning', 'error']), message: words }),
  v.object({ kind: v.literal('failed'), code: v.pipe(v.string(), v.maxLength(100)), message: words }),
  v.object({ kind: v.literal('check'), check: checkSchema }),
  exportedSchema,
  verifiedSchema,
]);

export type Exported = v.InferOutput<typeof exportedSchema>;
export type Verified = v.InferOutput<typeof verifiedSchema>;
export type ExportMessage = v.InferOutput<typeof exportMessageSchema>;

/** `null` for what is none. */
export function parseExportMessage(value: unknown): ExportMessage | null {
  const parsed = v.safeParse(exportMessageSchema, value);
  return parsed.success ? parsed.output : null;
}
