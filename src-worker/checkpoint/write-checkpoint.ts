import { encodeCheckpointIndex } from '#protocol/checkpoint/checkpoint-index.ts';
import { checkpointParts, encodePart } from '#protocol/checkpoint/checkpoint-parts.ts';
import { stateTensors } from '#protocol/global-state.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { ONLY_SHARD } from '#protocol/update/update-header.ts';
import type { Run } from '../run/open-run.ts';
import type { ReplicaState } from '../run/replica.ts';

/** A state whole, in the own store. */
export interface WrittenCheckpoint {
  readonly index: BlobHash;
  readonly parts: readonly BlobHash[];
}

export interface CheckpointStore {
  readonly put: (bytes: Uint8Array) => Promise<BlobHash>;
  /** Told of everything that the checkpoint has so far, so that none of it makes room for the rest. */
  readonly keep: (blobs: readonly BlobHash[]) => void;
}

/**
 * Stores a state that an outer step led to, part by part: one part is in memory at a time.
 * @throws MillraceError STORAGE; the signal's reason between two blobs
 */
export async function writeCheckpoint(
  { id, spec }: Run,
  { step, root, manifest, ...state }: ReplicaState & { readonly manifest: BlobHash },
  { put, keep }: CheckpointStore,
  signal: AbortSignal,
): Promise<WrittenCheckpoint> {
  const tensors = stateTensors(state);
  const parts: BlobHash[] = [];
  for (const part of checkpointParts(spec)) {
    signal.throwIfAborted();
    parts.push(await put(encodePart(part, tensors)));
    keep(parts);
  }
  signal.throwIfAborted();
  const index = await put(
    encodeCheckpointIndex({ run: id, shard: ONLY_SHARD, step, stateRoot: root, manifest, parts }),
  );
  keep([...parts, index]);
  return { index, parts };
}
