import { assertNever } from '#protocol/assert-never.ts';
import { MillraceError } from '#protocol/errors.ts';
import type { BlobSource } from '../run/blob-source.ts';
import { syncReplica, type SyncOptions } from '../run/catch-up.ts';
import type { Run } from '../run/open-run.ts';
import { initialState, type ReplicaState } from '../run/replica.ts';
import { openUpdateCodec } from '../update/open-codec.ts';
import type { SignedManifest } from './walk-back.ts';

/** A fresh replica's state after the round of `target`. @throws MillraceError DIVERGED, BLOB_MISSING */
export async function makeState(
  run: Run,
  blobs: BlobSource,
  target: SignedManifest,
  { threads, onProgress, ...options }: SyncOptions & { readonly threads: number },
): Promise<ReplicaState> {
  const updates = openUpdateCodec(run.spec, threads);
  try {
    const outcome = await syncReplica(run, { blobs, updates }, await initialState(run), target.hash, {
      ...options,
      onProgress: (detail) => onProgress?.(detail.charAt(0).toUpperCase() + detail.slice(1)),
    });
    switch (outcome.kind) {
      case 'advanced':
        return outcome.state;
      case 'diverged': {
        const { round, expectedRoot, actualRoot } = outcome;
        const message = `Round ${round} gives another state here than its manifest says, so nothing was exported`;
        throw new MillraceError('DIVERGED', `${message} (root ${actualRoot} instead of ${expectedRoot})`);
      }
      case 'incomplete': {
        const message = `The weights of round ${target.manifest.round} can no longer be made: nobody who was reached has all that leads there`;
        const advice = 'Everybody keeps what the rounds since the newest checkpoint but one need: try a later round';
        throw new MillraceError('BLOB_MISSING', `${message}. ${advice}. (${outcome.problem.slice(0, 1000)})`);
      }
      default:
        return assertNever(outcome, 'outcome of a catch-up');
    }
  } finally {
    await updates.dispose();
  }
}
