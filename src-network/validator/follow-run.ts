import { MillraceError } from '#protocol/errors.ts';
import type { BlobHash, StateRoot } from '#protocol/ids.ts';
import type { DecidedManifest } from '#protocol/round/votes.ts';
import { syncReplica } from '#worker/run/catch-up.ts';
import type { ReplicaState } from '#worker/run/replica.ts';
import { checkpointSources, sourcesOf, validatorHotkeys } from '#worker/run/roster.ts';
import type { ValidatorDesk } from './validator-desk.ts';

/**
 * Brings the replica to a manifest that validators have settled on: after a restart, after a round that was decided without this
 * one. What lies behind is not gone back to.
 * @throws MillraceError DIVERGED, BLOB_MISSING
 */
export async function followRun(desk: ValidatorDesk, decided: DecidedManifest | null): Promise<void> {
  if (decided === null || decided.hash === desk.replica.manifest || decided.round < desk.replicaRound) return;
  const { ports, run, roster, own, signal } = desk;
  const outcome = await syncReplica(run, ports, desk.replica, decided.hash, {
    from: sourcesOf(roster, own),
    checkpointFrom: (index) => checkpointSources(roster, own, index),
    validators: validatorHotkeys(roster),
    signal,
    onState: (state) => ports.checkpoints.offer(state),
  });
  if (outcome.kind === 'diverged') {
    desk.falseManifests.add(decided.hash);
    throw new MillraceError(
      'DIVERGED',
      `Round ${outcome.round} recomputed gives another state than its validator signed`,
    );
  }
  const reached = outcome.kind === 'advanced' ? outcome.manifests.map(({ manifest }) => manifest.stateRoot) : [];
  moveTo(desk, outcome.state, reached);
  if (outcome.kind === 'incomplete') {
    throw new MillraceError('BLOB_MISSING', `Cannot go on after round ${decided.round} yet. ${outcome.problem}`);
  }
  const newest = outcome.manifests.at(-1)?.manifest;
  if (newest !== undefined) {
    desk.replicaRound = newest.round;
    ports.checkpoints.adopt(newest.checkpoint);
  }
  ports.log('info', `Goes on after round ${decided.round} (step ${desk.replica.step})`);
}

/** Makes a settled manifest the own state: as it was made or checked here, else by following it. */
export async function adoptManifest(desk: ValidatorDesk, round: number, hash: BlobHash): Promise<void> {
  const { ports, work } = desk;
  const known = work?.known.get(hash);
  if (known === undefined) {
    await followRun(desk, { round, hash });
  } else {
    moveTo(desk, known.state, [known.state.root]);
    desk.replicaRound = round;
    ports.checkpoints.adopt(known.manifest.checkpoint);
    ports.checkpoints.offer(desk.replica);
    const { stateRoot, evalLoss, entries } = known.manifest;
    const announced = work?.updates.length ?? 0;
    ports.onManifest({ round, stateRoot, evalLoss, announced, selected: entries.length });
  }
  await ports.onStep(desk.replica);
}

/** @param reached roots on the way, the oldest first */
function moveTo(desk: ValidatorDesk, state: ReplicaState, reached: readonly StateRoot[]): void {
  const roots = new Set([state.root, ...reached.toReversed(), ...desk.bases]);
  desk.bases = [...roots].slice(0, 1 + desk.run.spec.outer.maxStaleness);
  desk.replica = state;
}
