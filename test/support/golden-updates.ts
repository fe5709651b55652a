import { hashedFloats } from '#protocol/integer-hash.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { compressUpdate } from '#protocol/update/compress.ts';
import { tensorSizes } from '#protocol/update/parts.ts';
import { encodeUpdateBlob } from '#protocol/update/update-blob.ts';
import { tokensPerStep } from '#protocol/update/update-header.ts';
import { smallRun, testKey, testRoot, testRunId } from './small-run.ts';

/** Updates whose bytes lie in test/fixtures/updates/NAME.bin: they must never change while the format has version 2. */
export interface GoldenUpdate {
  readonly name: string;
  readonly spec: RunSpec;
}

const withUpdate = (name: string, update: Partial<RunSpec['update']>): GoldenUpdate => ({
  name,
  spec: { ...smallRun, update: { ...smallRun.update, ...update } },
});

export const goldenUpdates: readonly GoldenUpdate[] = [
  withUpdate('nearest-2-bits', {}),
  withUpdate('deviation-2-bits', { quantiser: 'deviation' }),
  withUpdate('one-bit', { bits: 1 }),
  withUpdate('four-bits-ragged', { bits: 4, chunkSize: 100, topK: 7 }),
  withUpdate('three-bits-dense', { bits: 3, chunkSize: 64, topK: 64 }),
  withUpdate('default-chunks', { chunkSize: 4096, topK: 64 }),
];

export const goldenTarget = { run: testRunId, round: 5, shard: 0, baseRoot: testRoot, maker: hotkeyOf(testKey(1)) };

/** Differences with long tails; the last tensors are zeros, as where a token never occurred. */
export const goldenDifferences = (spec: RunSpec): readonly Float32Array[] =>
  tensorSizes(spec).map((size, tensor, { length }) =>
    hashedFloats(size, tensor, tensor >= length - 2 ? 0 : 0.01).map((value) => 1e4 * value ** 3),
  );

export function encodeGolden(spec: RunSpec): Uint8Array {
  const errors = tensorSizes(spec).map((size) => new Float32Array(size));
  const parts = compressUpdate(spec.update, goldenDifferences(spec), errors);
  return encodeUpdateBlob({ ...goldenTarget, tokens: 2 * tokensPerStep(spec) }, parts);
}
