import { assertNever } from '#protocol/assert-never.ts';
import { MillraceError } from '#protocol/errors.ts';
import type { BlobHash, StateRoot } from '#protocol/ids.ts';
import { followVotes } from '#worker/run/follow-votes.ts';
import type { ReplicaState } from '#worker/run/replica.ts';
import type { ValidatorDesk } from './validator-desk.ts';

/**
 * Brings the replica to the manifest that validators have settled on: after a restart, after a round that was decided without this
 * one.
 * @throws MillraceError DIVERGED, BLOB_MISSING
 */
export async function followRun(desk: ValidatorDesk): Promise<void> {
  const { ports, run, roster, own, signal } = desk;
  const warn = (message: string): void => ports.log('warning', message);
  const outcome = await followVotes(run, { ...ports, warn }, desk.replica, {
    ...{ roster, own, signal, refused: desk.falseManifests, notBefore: desk.replicaRound },
    block: ports.clock.current()?.number ?? 0,
    onState: (state) => ports.checkpoints.offer(state),
  });
  switch (outcome.kind) {
    case 'current':
    case 'open': // what is false is left aside: this validator goes on from what it has
      return;
    case 'diverged':
      throw new MillraceError(
        'DIVERGED',
        `Round ${outcome.round} recomputed gives another state than its validator signed`,
      );
    case 'incomplete': {
      moveTo(desk, outcome.state, []);
      const { round } = outcome.decided;
      throw new MillraceError('BLOB_MISSING', `Cannot go on after round ${round} yet. ${outcome.problem}`);
    }
    case 'advanced': {
      const roots = outcome.manifests.map(({ manifest }) => manifest.stateRoot);
      moveTo(desk, outcome.state, roots);
      desk.replicaRound = outcome.decided.round;
      const newest = outcome.manifests.at(-1)?.manifest;
      if (newest !== undefined) ports.checkpoints.adopt(newest.checkpoint);
      ports.log('info', `Goes on after round ${outcome.decided.round} (step ${desk.replica.step})`);
      return;
    }
    default:
      assertNever(outcome, 'outcome of following a run');
  }
}

/** Makes a settled manifest the own state: as it was made or checked here, else by following it. */
export async function adoptManifest(desk: ValidatorDesk, round: number, hash: BlobHash): Promise<void> {
  const { ports, work } = desk;
  const known = work?.known.get(hash);
  if (known === undefined) {
    await followRun(desk);
  } else {
    moveTo(desk, known.state, [known.state.root]);
    desk.replicaRound = round;
    ports.checkpoints.adopt(known.manifest.checkpoint);
    ports.checkpoints.offer(desk.replica);
    const { stateRoot, evalLoss, entries } = known.manifest;
    const announced = work?.updates.length ?? 0;
    ports.onManifest({ round, hash, stateRoot, evalLoss, announced, selected: entries.length });
  }
  await ports.onStep(desk.replica);
}

/** @param reached roots on the way, the oldest first */
function moveTo(desk: ValidatorDesk, state: ReplicaState, reached: readonly StateRoot[]): void {
  const roots = new Set([state.root, ...reached.toReversed(), ...desk.bases]);
  desk.bases = [...roots].slice(0, 1 + desk.run.spec.outer.maxStaleness);
  desk.replica = state;
}
