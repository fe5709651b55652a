import { errorCode, errorMessage } from '#protocol/errors.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { maxUpdateBytes } from '#protocol/update/update-blob.ts';
import { ONLY_SHARD } from '#protocol/update/update-header.ts';
import type { SentUpdate } from './error-buffer-header.ts';
import type { WorkerDesk } from './worker-desk.ts';

/**
 * Goes on with the round that a process before this one has sent and seen no verdict on.
 * @returns whether it can be announced again: that process may not have come to it
 */
export async function resumeRound(desk: WorkerDesk): Promise<boolean> {
  const { unresumed: sent } = desk;
  if (sent === null) return false;
  const parts = await readParts(desk, sent);
  desk.unresumed = null;
  desk.pending = { ...sent, parts, overheadMs: 0, refusal: null };
  return parts !== null;
}

async function readParts(
  { ports: { blobs, updates, hotkey, warn }, run, signal }: WorkerDesk,
  { round, baseRoot, blob }: SentUpdate,
): Promise<readonly Uint8Array[] | null> {
  try {
    const bytes = await blobs.get(blob, { from: [], maxBytes: maxUpdateBytes(run.spec), signal });
    const target = { run: run.id, round, shard: ONLY_SHARD, baseRoot, maker: hotkeyOf(hotkey) };
    return (await updates.check(run.spec, target, bytes)).parts;
  } catch (error) {
    signal.throwIfAborted();
    if (errorCode(error) === 'ENGINE') throw error;
    warn(`The update of round ${round} cannot be read any more: ${errorMessage(error)}`);
    return null;
  }
}
