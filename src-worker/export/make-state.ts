import { errorCode, errorMessage, MillraceError } from '#protocol/errors.ts';
import type { BlobSource } from '../run/blob-source.ts';
import type { Run } from '../run/open-run.ts';
import { initialState, type ReplicaState, syncReplica, type SyncOptions } from '../run/replica.ts';
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
    const outcome = await syncReplica(run, { blobs, updates }, initialState(run), target.hash, {
      ...options,
      onProgress: (detail) => onProgress?.(detail.charAt(0).toUpperCase() + detail.slice(1)),
    });
    if (outcome.kind === 'advanced') return outcome.state;
    const { round, expectedRoot, actualRoot } = outcome;
    const message = `Round ${round} gives another state here than its manifest says, so nothing was exported`;
    throw new MillraceError('DIVERGED', `${message} (root ${actualRoot} instead of ${expectedRoot})`);
  } catch (cause) {
    if (errorCode(cause) !== 'BLOB_MISSING') throw cause;
    const message = `The weights of round ${target.manifest.round} can no longer be made: nobody who was reached has all that leads there`;
    const advice = 'Validators keep what the rounds since their newest checkpoint but one need: try a later round';
    throw new MillraceError('BLOB_MISSING', `${message}. ${advice}. (${errorMessage(cause).slice(0, 1000)})`, {
      cause,
    });
  } finally {
    await updates.dispose();
  }
}
