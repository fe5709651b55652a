import { errorMessage } from '#protocol/errors.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { endBlock } from '#protocol/round/clock.ts';
import type { Run } from '../run/open-run.ts';
import type { LoopState } from './loop-state.ts';
import { settleRound, type Verdict } from './pending-round.ts';
import type { WorkerPorts } from './worker-loop.ts';

/** A manifest that was on its way when the round ended is still followed. */
const GRACE_BLOCKS = 2;

/**
 * Closes the pending round. The buffer's file says that its verdict is open until this is done: whoever is killed on the way does
 * it again after the restart, from the same buffer.
 */
export async function settle(
  ports: WorkerPorts,
  run: Run,
  loop: LoopState,
  verdict: Verdict,
  errors: readonly Float32Array[],
): Promise<void> {
  const { pending } = loop;
  if (pending === null) return;
  const { report, merged } = settleRound(pending, verdict, hotkeyOf(ports.hotkey), run.spec.round.blocks);
  const { round, blob, parts } = pending;
  loop.pending = null;
  ports.onRound(report); // before the file says so: told twice is better than never
  if (verdict.kind === 'unknown') {
    ports.warn(
      `Round ${round}: whether its update was merged can no longer be found out (${verdict.why}); it counts as merged`,
    );
  } else if (!merged && parts === null) {
    ports.warn(`Round ${round}: its update was not merged, and is lost: it is not in the blob store any more`);
  }
  const returned = merged ? null : parts;
  if (returned !== null) await ports.updates.giveBack(run.spec.update, returned, errors);
  try {
    if (returned === null) await ports.errorFile.markMerged(blob);
    else await ports.errorFile.save(errors, { round, sent: null });
  } catch (error) {
    // In memory all is right, and the file still is what it says that it is: the next round writes it anew.
    ports.warn(errorMessage(error));
  }
}

/**
 * A round whose end has passed without a manifest stays without one: its work goes back into the error buffer. As long as the
 * replica is not at the state that the round began from, as after a restart, nobody can tell.
 */
export async function closeOverdueRound(
  ports: WorkerPorts,
  run: Run,
  loop: LoopState,
  errors: readonly Float32Array[],
): Promise<void> {
  const block = ports.clock.current()?.number ?? 0;
  const { pending } = loop;
  if (pending === null) return;
  const graceBlocks = pending.refusal === null ? GRACE_BLOCKS : 0; // nobody merges what nobody took
  const overdueBlocks = block - endBlock(pending.round, run.spec.round) - graceBlocks;
  if (overdueBlocks < 0) return;
  if (loop.replica.root === pending.baseRoot) await settle(ports, run, loop, { kind: 'none' }, errors);
  else if (loop.replica.manifest !== null && overdueBlocks >= run.spec.round.blocks) {
    await settle(ports, run, loop, { kind: 'unknown', why: 'the network went on from another state' }, errors);
  }
}
