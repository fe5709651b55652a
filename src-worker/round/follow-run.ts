import { assertNever } from '#protocol/assert-never.ts';
import { MillraceError } from '#protocol/errors.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { followVotes } from '../run/follow-votes.ts';
import { awaitRelayed, relayOf } from '../run/relay-manifest.ts';
import { verdictOn } from './pending-round.ts';
import type { WorkerDesk } from './worker-desk.ts';

/**
 * Brings the replica to the newest settled manifest, as far as that can be had, and finds the verdict on the pending round.
 * @throws MillraceError DIVERGED when the own state differs from the network's
 */
export async function followRun(desk: WorkerDesk): Promise<void> {
  const { ports, run, roster, signal } = desk;
  const awaited = desk.pending?.round ?? desk.unresumed?.round;
  const own = hotkeyOf(ports.hotkey);
  let target = -1;
  const outcome = await followVotes(run, ports, desk.replica, {
    ...{ roster, signal, refused: desk.refused, own },
    block: ports.clock.current()?.number ?? 0,
    backToRound: awaited,
    onState: (state) => ports.checkpoints.offer(state),
    onTarget: async ({ round, hash }) => {
      target = round;
      tellTarget(desk, round);
      const relay = awaited === round ? relayOf(roster, own, hash) : null;
      if (relay !== null) await awaitRelayed(ports.blobs, hash, relay, signal);
    },
    onProgress: (detail) => {
      if (awaited !== target) ports.onActivity({ kind: 'catching-up', detail });
    },
  });
  switch (outcome.kind) {
    case 'current':
      desk.stepsBehind = 0;
      return;
    case 'open':
      desk.stepsBehind = null;
      return;
    case 'diverged': {
      const { round, expectedRoot, actualRoot } = outcome;
      ports.onActivity({ kind: 'diverged', round, expectedRoot, actualRoot });
      throw new MillraceError(
        'DIVERGED',
        `After round ${round} this machine's model differs from the network's (root ${actualRoot.slice(0, 12)}… instead of ${expectedRoot.slice(0, 12)}…)`,
      );
    }
    case 'incomplete': {
      desk.replica = outcome.state;
      desk.stepsBehind = outcome.stepsBehind;
      const problem = `Cannot reach round ${outcome.decided.round} yet. ${outcome.problem}`;
      ports.warn(problem);
      ports.onActivity({ kind: 'waiting', detail: problem });
      return;
    }
    case 'advanced': {
      desk.replica = outcome.state;
      desk.replicaRound = outcome.decided.round;
      desk.stepsBehind = 0;
      if (awaited !== undefined && awaited <= outcome.decided.round)
        desk.verdict = verdictOn(awaited, outcome.manifests);
      await ports.onStep(desk.replica);
      return;
    }
    default:
      assertNever(outcome, 'outcome of following a run');
  }
}

/** A round that this worker took part in is applied; any other is caught up with. */
function tellTarget({ ports, run, pending }: WorkerDesk, round: number): void {
  if (pending?.round !== round) {
    ports.onActivity({ kind: 'catching-up', detail: `to round ${round}` });
    return;
  }
  const { innerSteps: step, loss, tokensPerSecond, gradientNorm } = pending;
  const measured = { step, steps: run.spec.inner.steps, loss, tokensPerSecond, gradientNorm };
  ports.onProgress({ round, phase: 'applying', ...measured });
}
