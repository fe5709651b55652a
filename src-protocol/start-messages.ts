import * as v from 'valibot';
import { MAX_ENDPOINTS } from './contract/endpoints.ts';

/** What a child process accepts as its first message: its parent is checked like anyone else. */
const seedHex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'not 32 bytes of hex'));
const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));
const blocks = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000));

/** Part of the time in which training may work; what the owner may choose is main's business. */
export const workShareSchema = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));

const chainUrl = v.pipe(v.string(), v.maxLength(2048));

const nodeFields = {
  chainUrl,
  chainFallbackUrls: v.optional(v.pipe(v.array(chainUrl), v.maxLength(MAX_ENDPOINTS))),
  genesisHash: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'not 32 bytes of hex'))),
  netuid: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)),
  dataDir: path,
  hotkeySeedHex: seedHex,
  threads: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(256)),
  listenAddress: v.pipe(v.string(), v.maxLength(256)),
  bootstrap: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(256))), v.maxLength(64))),
  blobQuotaBytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))),
};

export const workerStartSchema = v.strictObject({
  kind: v.literal('start-worker'),
  ...nodeFields,
  expectsRun: v.optional(v.boolean()),
  workShare: v.optional(workShareSchema),
  cpuOnly: v.optional(v.boolean()),
  vramBytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))),
});

export const validatorStartSchema = v.strictObject({
  kind: v.literal('start-validator'),
  ...nodeFields,
  found: v.nullable(v.strictObject({ textPath: path, roundBlocks: blocks, trainBlocks: blocks })),
});
