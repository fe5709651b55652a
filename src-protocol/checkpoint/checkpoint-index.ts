import * as v from 'valibot';
import { concatBytes, fromHex, toHex } from '../bytes.ts';
import { check, decodeCbor, encodeCbor } from '../envelope.ts';
import { ProtocolError } from '../errors.ts';
import type { BlobHash, RunId, StateRoot } from '../ids.ts';
import type { CheckpointPointer } from '../round/manifest.ts';
import type { RunSpec } from '../run-spec.ts';
import { blobHashSchema, runIdSchema, stateRootSchema, uint32Schema } from '../schemas.ts';
import { ONLY_SHARD } from '../update/update-header.ts';
import { checkpointParts } from './checkpoint-parts.ts';

/**
 * Says which files a checkpoint has. Everything in it follows from the state, so whoever makes the checkpoint of a step makes
 * the same files and the same index: any two nodes hold copies for each other.
 */
export interface CheckpointIndex {
  readonly run: RunId;
  readonly shard: number;
  /** Outer steps that led here. */
  readonly step: number;
  readonly stateRoot: StateRoot;
  /** Manifest whose outer step gave this state. */
  readonly manifest: BlobHash;
  /** Blobs, in the order of `checkpointParts`. */
  readonly parts: readonly BlobHash[];
}

const HASH_BYTES = 32;
/** Everything but the hashes of the parts. */
const MAX_FIELDS_BYTES = 512;

const schema = v.strictObject({
  version: v.literal(1),
  run: runIdSchema,
  shard: uint32Schema,
  step: uint32Schema,
  stateRoot: stateRootSchema,
  manifest: blobHashSchema,
  parts: v.pipe(
    v.instance(Uint8Array),
    v.check(({ length }) => length % HASH_BYTES === 0, 'not a list of hashes'),
  ),
});

export const maxCheckpointIndexBytes = (spec: RunSpec): number =>
  MAX_FIELDS_BYTES + HASH_BYTES * checkpointParts(spec).length;

export const encodeCheckpointIndex = ({ parts, ...fields }: CheckpointIndex): Uint8Array =>
  encodeCbor({ version: 1, ...fields, parts: concatBytes(...parts.map(fromHex)) });

/**
 * @param expected what the signed manifest says about the checkpoint
 * @throws ProtocolError on whatever is not an index of that checkpoint
 */
export function decodeCheckpointIndex(
  { id, spec }: { readonly id: RunId; readonly spec: RunSpec },
  expected: Pick<CheckpointPointer, 'step' | 'stateRoot' | 'manifest'>,
  bytes: Uint8Array,
): CheckpointIndex {
  const { parts: hashes, run, shard, step, stateRoot, manifest } = check(schema, decodeCbor(bytes), 'Checkpoint index');
  const fields = { run, shard, step, stateRoot, manifest };
  const { step: wantedStep, stateRoot: wantedRoot, manifest: wantedManifest } = expected;
  const all = { run: id, shard: ONLY_SHARD, step: wantedStep, stateRoot: wantedRoot, manifest: wantedManifest };
  for (const [field, wanted] of Object.entries(all)) {
    const found = fields[field as keyof typeof fields];
    if (found !== wanted) throw new ProtocolError(`Checkpoint index has ${field} ${found} instead of ${wanted}`);
  }
  const wantedParts = checkpointParts(spec).length;
  const parts = Array.from({ length: hashes.length / HASH_BYTES }, (_, i) => {
    return toHex(hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)) as BlobHash;
  });
  if (parts.length !== wantedParts) {
    throw new ProtocolError(`Checkpoint index names ${parts.length} parts instead of ${wantedParts}`);
  }
  return { ...fields, parts };
}
