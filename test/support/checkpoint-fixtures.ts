import { checkpointParts, encodePart } from '#protocol/checkpoint/checkpoint-parts.ts';
import { encodeCheckpointIndex } from '#protocol/checkpoint/checkpoint-index.ts';
import { stateTensors } from '#protocol/global-state.ts';
import type { BlobHash } from '#protocol/ids.ts';
import type { CheckpointPointer } from '#protocol/round/manifest.ts';
import type { ReplicaState } from '#worker/run/replica.ts';
import { testRun } from './round-fixtures.ts';

/** Stores a checkpoint of a state, part by part and without the code under test; `damage` changes each part's bytes. */
export function storeCheckpoint(
  blobs: { put(bytes: Uint8Array): BlobHash },
  { step, root: stateRoot, manifest, ...state }: ReplicaState,
  damage: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
): CheckpointPointer & { readonly index: BlobHash; readonly parts: readonly BlobHash[] } {
  if (manifest === null) throw new RangeError('The initial weights have no checkpoint');
  const parts = checkpointParts(testRun.spec).map((part) => blobs.put(damage(encodePart(part, stateTensors(state)))));
  const index = encodeCheckpointIndex({ run: testRun.id, shard: 0, step, stateRoot, manifest, parts });
  return { step, stateRoot, manifest, index: blobs.put(index), parts };
}

export const pointerOf = ({
  step,
  stateRoot,
  manifest,
  index,
}: ReturnType<typeof storeCheckpoint>): CheckpointPointer => ({ step, stateRoot, manifest, index });
