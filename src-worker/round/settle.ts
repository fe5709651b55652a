import { errorMessage } from '#protocol/errors.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { settleRound, type Verdict } from './pending-round.ts';
import type { WorkerDesk } from './worker-desk.ts';

/**
 * Closes the pending round. The buffer's file says that its verdict is open until this is done: whoever is killed on the way does
 * it again after the restart, from the same buffer.
 */
export async function settle(desk: WorkerDesk, verdict: Verdict): Promise<void> {
  const { ports, run, errors, pending } = desk;
  if (pending === null) return;
  const { report, merged } = settleRound(pending, verdict, hotkeyOf(ports.hotkey), run.spec.round.blocks);
  const { round, blob, parts } = pending;
  desk.pending = null;
  desk.verdict = null;
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
