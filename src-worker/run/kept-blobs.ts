import { errorMessage } from '#protocol/errors.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import { createBlobRetention } from './blob-retention.ts';
import type { RunNode } from './node.ts';
import type { Run } from './open-run.ts';
import { reachableBlobs } from './reachable-blobs.ts';
import type { ReplicaState } from './replica.ts';

/** Outer steps for which everything that was used stays, whatever the store's quota says. */
const KEPT_STEPS = 3;

/** Keeps in the store what others may still ask this node for: told of each step, it lets go of what no longer counts. */
export function keepBlobs(
  run: Run,
  { store, takeTouched }: { readonly store: BlobStore } & Pick<RunNode, 'takeTouched'>,
  warn: (message: string) => void,
): (state: Pick<ReplicaState, 'step' | 'manifest'>) => Promise<void> {
  const retention = createBlobRetention(store, 'rounds');
  return async ({ step, manifest }) => {
    retention.note(step, takeTouched());
    retention.dropBefore(step - KEPT_STEPS);
    if (manifest === null) return;
    try {
      store.pin('history', await reachableBlobs(run, (hash) => store.get(hash), manifest));
    } catch (error) {
      warn(`What was kept before stays: ${errorMessage(error)}`);
    }
  };
}
