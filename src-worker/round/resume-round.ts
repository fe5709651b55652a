import { errorCode, errorMessage } from '#protocol/errors.ts';
import { deadlineBlock, roundOf } from '#protocol/round/clock.ts';
import { maxUpdateBytes } from '#protocol/update/update-blob.ts';
import { ONLY_SHARD } from '#protocol/update/update-header.ts';
import type { Run } from '../run/open-run.ts';
import type { Roster } from '../run/roster.ts';
import { announceUpdate } from './announce-update.ts';
import type { SentUpdate } from './error-buffer-header.ts';
import type { LoopState } from './loop-state.ts';
import type { WorkerPorts } from './worker-loop.ts';

/**
 * Goes on with the round that a process before this one has sent and seen no verdict on. It is announced again, if there is time:
 * that process may not have come to it.
 */
export async function resumeRound(
  ports: WorkerPorts,
  run: Run,
  loop: LoopState,
  roster: Roster,
  signal: AbortSignal,
): Promise<void> {
  const block = ports.clock.current()?.number ?? 0;
  dropFutureRounds(ports, loop, roundOf(block, run.spec.round));
  const sent = loop.unresumed;
  if (sent === null) return;
  const parts = await readParts(ports, run, sent, signal);
  loop.unresumed = null;
  loop.pending = { ...sent, parts, overheadMs: 0, refusal: null };
  if (parts === null || block >= deadlineBlock(sent.round, run.spec.round)) return;
  const answer = await announceUpdate(ports, run.id, roster, sent, signal);
  // What it refuses now it may have taken before.
  if (answer.kind === 'refused') ports.warn(`Round ${sent.round}, announced again: ${answer.message}`);
}

async function readParts(
  { blobs, updates, warn }: WorkerPorts,
  run: Run,
  { round, baseRoot, blob }: SentUpdate,
  signal: AbortSignal,
): Promise<readonly Uint8Array[] | null> {
  try {
    const bytes = await blobs.get(blob, { from: [], maxBytes: maxUpdateBytes(run.spec), signal });
    const target = { run: run.id, round, shard: ONLY_SHARD, baseRoot };
    return (await updates.check(run.spec, target, bytes)).parts;
  } catch (error) {
    signal.throwIfAborted();
    if (errorCode(error) === 'ENGINE') throw error;
    warn(`The update of round ${round} cannot be read any more: ${errorMessage(error)}`);
    return null;
  }
}

/** A buffer of rounds that are still to come is of a chain that was another one, or has begun anew. */
function dropFutureRounds(ports: WorkerPorts, loop: LoopState, round: number): void {
  if (loop.lastRound <= round + 1) return; // the chain may have gone back by a few blocks
  ports.warn(`The error buffer is of round ${loop.lastRound} and it is round ${round}: the buffer is of another chain`);
  loop.lastRound = -1;
  loop.unresumed = null;
}
