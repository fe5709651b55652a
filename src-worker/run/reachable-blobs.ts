import { decodeCheckpointIndex } from '#protocol/checkpoint/checkpoint-index.ts';
import { errorCode } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { type CheckpointPointer, openManifest } from '#protocol/round/manifest.ts';
import type { Run } from './open-run.ts';

/** So many checkpoints stay, with everything that leads on from the oldest of them. */
const KEPT_CHECKPOINTS = 2;
/** In rounds between two checkpoints: they come late when a machine is slow, and a validator may stop making them. */
const MAX_CHECKPOINT_GAPS = 4;

/** What counts of a manifest here. */
interface Link {
  readonly step: number;
  readonly previous: BlobHash | null;
  readonly updates: readonly BlobHash[];
  readonly checkpoint: CheckpointPointer;
}

/**
 * What must stay in the own store so that others can catch up to a manifest: the newest two checkpoints before it, and the
 * manifests and updates from the older of them on; the most wanted first. What is not in the store is left out.
 */
export type ReachableBlobs = (newest: BlobHash) => Promise<readonly BlobHash[]>;

/** @param read from the own store alone */
export function createReachableBlobs(run: Run, read: (hash: BlobHash) => Promise<Uint8Array | null>): ReachableBlobs {
  /** Those that the call before came along: opening a large manifest takes a tenth of a second. */
  let known = new Map<BlobHash, Link>();

  const linkOf = async (hash: BlobHash): Promise<Link | null> => {
    const bytes = known.has(hash) ? null : await read(hash);
    return known.get(hash) ?? (bytes === null ? null : openLink(bytes));
  };
  return async (newest) => {
    const links = new Map<BlobHash, Link>();
    const checkpoints = new Map<number, CheckpointPointer>();
    const most = MAX_CHECKPOINT_GAPS * run.spec.checkpointEvery;
    for (let hash: BlobHash | null = newest; hash !== null && links.size < most;) {
      const link = await linkOf(hash);
      const oldest = [...checkpoints.keys()].at(-1);
      if (link === null || (checkpoints.size === KEPT_CHECKPOINTS && link.step <= (oldest ?? 0))) break;
      // One that is ahead of its manifest is a lie, and would end the walk at once.
      const { checkpoint } = link;
      if (checkpoints.size < KEPT_CHECKPOINTS && checkpoint.step < link.step)
        checkpoints.set(checkpoint.step, checkpoint);
      links.set(hash, link);
      hash = link.previous;
    }
    known = links;
    const rounds = [...links].flatMap(([hash, { updates }]) => [hash, ...updates]);
    const states: BlobHash[] = [];
    for (const pointer of checkpoints.values()) states.push(...(await checkpointBlobs(run, read, pointer)));
    return [...new Set([...rounds, ...states])];
  };
}

function openLink(bytes: Uint8Array): Link {
  const { step, previous, entries, checkpoint } = openManifest(bytes).manifest;
  return { step, previous, updates: entries.map(({ blob }) => blob), checkpoint };
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
