import { decodeCheckpointIndex } from '#protocol/checkpoint/checkpoint-index.ts';
import { errorCode } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { type CheckpointPointer, openManifest } from '#protocol/round/manifest.ts';
import type { Run } from './open-run.ts';

/** So many checkpoints stay, with everything that leads on from the oldest of them. */
const KEPT_CHECKPOINTS = 2;

/**
 * What must stay in the own store so that others can catch up to a manifest: the newest two checkpoints before it, and the
 * manifests and updates from the older of them on. What is not in the store is left out.
 * @param read from the own store alone
 */
export async function reachableBlobs(
  run: Run,
  read: (hash: BlobHash) => Promise<Uint8Array | null>,
  newest: BlobHash,
): Promise<ReadonlySet<BlobHash>> {
  const reachable = new Set<BlobHash>();
  const checkpoints = new Map<number, CheckpointPointer>();
  for (let hash: BlobHash | null = newest; hash !== null;) {
    const bytes = await read(hash);
    if (bytes === null) break;
    const { manifest } = openManifest(bytes);
    const oldest = [...checkpoints.keys()].at(-1);
    if (checkpoints.size === KEPT_CHECKPOINTS && oldest !== undefined && manifest.step <= oldest) break;
    if (checkpoints.size < KEPT_CHECKPOINTS) checkpoints.set(manifest.checkpoint.step, manifest.checkpoint);
    reachable.add(hash);
    for (const { blob } of manifest.entries) reachable.add(blob);
    hash = manifest.previous;
  }
  for (const pointer of checkpoints.values()) {
    for (const hash of await checkpointBlobs(run, read, pointer)) reachable.add(hash);
  }
  return reachable;
}

async function checkpointBlobs(
  run: Run,
  read: (hash: BlobHash) => Promise<Uint8Array | null>,
  pointer: CheckpointPointer,
): Promise<readonly BlobHash[]> {
  if (pointer.index === null) return [];
  const bytes = await read(pointer.index);
  if (bytes === null) return [];
  try {
    return [pointer.index, ...decodeCheckpointIndex(run, pointer, bytes).parts];
  } catch (error) {
    // A validator's false word: its blob need not stay.
    if (errorCode(error) === 'PROTOCOL') return [];
    throw error;
  }
}
