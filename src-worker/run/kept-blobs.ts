import { errorMessage } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import type { KeeperOptions } from '../checkpoint/checkpoint-keeper.ts';
import type { RunNode } from './node.ts';
import type { Run } from './open-run.ts';
import { fitting, HISTORY_QUOTA_SHARE, ROUNDS_QUOTA_SHARE } from './quota-shares.ts';
import { createReachableBlobs } from './reachable-blobs.ts';
import type { ReplicaState } from './replica.ts';

/** Rounds for which everything that was used stays, also where nothing came of them. */
const KEPT_ROUNDS = 4;

/**
 * Keeps in the store what others may still ask this node for: told after each round, it lets go of what no longer counts. It
 * never takes so much of the quota that the next round would have no room.
 */
export function keepBlobs(
  run: Run,
  { store, takeTouched }: { readonly store: BlobStore } & Pick<RunNode, 'takeTouched'>,
  warn: (message: string) => void,
): (state: Pick<ReplicaState, 'manifest'>) => Promise<void> {
  const reachableBlobs = createReachableBlobs(run, (hash) => store.get(hash));
  const keep = (name: string, share: number, hashes: Iterable<BlobHash>): void => {
    store.pin(
      name,
      fitting(hashes, (hash) => store.sizeOf(hash), share * store.quotaBytes),
    );
  };
  /** Used in each of the newest rounds, the newest first. */
  let rounds: readonly (readonly BlobHash[])[] = [];
  return async ({ manifest }) => {
    rounds = [takeTouched(), ...rounds].slice(0, KEPT_ROUNDS);
    keep('rounds', ROUNDS_QUOTA_SHARE, new Set(rounds.flat()));
    if (manifest === null) return;
    try {
      keep('history', HISTORY_QUOTA_SHARE, await reachableBlobs(manifest));
    } catch (error) {
      warn(`What was kept before stays: ${errorMessage(error)}`);
    }
  };
}

/** Where a node writes its checkpoints: what a checkpoint has so far stays beside all else that is kept. */
export const checkpointStore = ({ store, share }: Pick<RunNode, 'store' | 'share'>): KeeperOptions['store'] => ({
  put: share,
  keep: (blobs) => store.pin('checkpoint', blobs),
  quotaBytes: store.quotaBytes,
});
