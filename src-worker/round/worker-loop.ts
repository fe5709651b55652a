import { errorCode, errorMessage, MillraceError } from '#protocol/errors.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { deadlineBlock, roundOf } from '#protocol/round/clock.ts';
import type { WorkerActivity, WorkerRound } from '#protocol/worker-messages.ts';
import type { CheckpointKeeper } from '../checkpoint/checkpoint-keeper.ts';
import type { BlobSource } from '../run/blob-source.ts';
import { syncReplica } from '../run/catch-up.ts';
import type { Run } from '../run/open-run.ts';
import { initialState, type ReplicaState } from '../run/replica.ts';
import {
  checkpointSources,
  newestManifest,
  readRoster,
  type Roster,
  sourcesOf,
  validatorHotkeys,
} from '../run/roster.ts';
import type { ErrorBuffer } from './error-buffer.ts';
import type { LoopState } from './loop-state.ts';
import { verdictOn } from './pending-round.ts';
import { playRound, type RoundPorts } from './play-round.ts';
import { resumeRound } from './resume-round.ts';
import { closeOverdueRound, settle } from './settle.ts';
import { FIRST_OVERHEAD_MS, lessOverheadMs } from './time-budget.ts';

export interface WorkerPorts extends RoundPorts {
  readonly netuid: number;
  readonly blobs: BlobSource;
  readonly onActivity: (activity: WorkerActivity) => void;
  readonly onRound: (round: WorkerRound) => void;
  readonly checkpoints: Pick<CheckpointKeeper, 'offer'>;
  /** Called when the replica has reached a new step: older blobs may go. */
  readonly onStep: (state: ReplicaState) => Promise<void>;
}

/** A worker that comes late joins the round only if this share of its training time is left. */
const MIN_TRAIN_SHARE = 0.25;

/**
 * Trains round after round until `signal` aborts.
 * @param buffer as a process before this one left it
 * @throws MillraceError DIVERGED when the own state differs from the manifest's
 */
export async function runWorker(ports: WorkerPorts, run: Run, buffer: ErrorBuffer, signal: AbortSignal): Promise<void> {
  const { errors, sent, lost } = buffer;
  if (lost !== null) ports.warn(lost);
  const loop: LoopState = {
    replica: await initialState(run),
    pending: null,
    unresumed: sent,
    lastRound: buffer.round ?? -1,
    overheadMs: FIRST_OVERHEAD_MS,
  };
  let seen = -1;
  for (;;) {
    try {
      seen = (await ports.clock.waitFor(seen + 1, signal)).number;
      const roster = await readRoster(ports.chain, ports.netuid, signal);
      await resumeRound(ports, run, loop, roster, signal);
      await followManifests(ports, run, loop, roster, errors, signal);
      await closeOverdueRound(ports, run, loop, errors);
      await maybePlay(ports, run, loop, roster, errors, signal);
    } catch (error) {
      if (signal.aborted) return; // the only way out; every wait above ends when it fires
      if (errorCode(error) === 'DIVERGED' || errorCode(error) === 'ENGINE') throw error;
      ports.warn(errorMessage(error));
      ports.onActivity({ kind: 'waiting', detail: errorMessage(error) });
    }
  }
}

async function followManifests(
  ports: WorkerPorts,
  run: Run,
  loop: LoopState,
  roster: Roster,
  errors: readonly Float32Array[],
  signal: AbortSignal,
): Promise<void> {
  const target = newestManifest(roster);
  if (target === null || target.hash === loop.replica.manifest) return;
  const { pending } = loop;
  if (pending?.round === target.round) {
    const { round, innerSteps: step, loss, tokensPerSecond, gradientNorm } = pending;
    const measured = { step, steps: run.spec.inner.steps, loss, tokensPerSecond, gradientNorm };
    ports.onProgress({ round, phase: 'applying', ...measured });
  } else {
    ports.onActivity({ kind: 'catching-up', detail: `to round ${target.round}` });
  }
  const own = hotkeyOf(ports.hotkey);
  const outcome = await syncReplica(run, ports, loop.replica, target.hash, {
    from: sourcesOf(roster, own, roster.lead?.neuron.hotkey),
    checkpointFrom: (index) => checkpointSources(roster, own, index),
    validators: validatorHotkeys(roster),
    backToRound: pending?.round,
    signal,
    onState: (state) => ports.checkpoints.offer(state),
    onProgress: (detail) => {
      if (pending?.round !== target.round) ports.onActivity({ kind: 'catching-up', detail });
    },
  });
  if (outcome.kind === 'diverged') {
    const { round, expectedRoot, actualRoot } = outcome;
    ports.onActivity({ kind: 'diverged', round, expectedRoot, actualRoot });
    throw new MillraceError(
      'DIVERGED',
      `After round ${round} this machine's model differs from the network's (root ${actualRoot.slice(0, 12)}… instead of ${expectedRoot.slice(0, 12)}…)`,
    );
  }
  loop.replica = outcome.state;
  if (outcome.kind === 'incomplete') {
    throw new MillraceError('BLOB_MISSING', `Cannot reach round ${target.round} yet. ${outcome.problem}`);
  }
  await ports.onStep(loop.replica);
  if (pending !== null && pending.round <= target.round) {
    await settle(ports, run, loop, verdictOn(pending.round, outcome.manifests), errors);
  }
}

/** Plays the current round unless it was played already or too little of it is left. */
async function maybePlay(
  ports: WorkerPorts,
  run: Run,
  loop: LoopState,
  roster: Roster,
  errors: readonly Float32Array[],
  signal: AbortSignal,
): Promise<void> {
  const block = ports.clock.current()?.number ?? 0;
  const timing = run.spec.round;
  const round = roundOf(block, timing);
  if (round <= loop.lastRound || loop.pending !== null) return;
  const left = deadlineBlock(round, timing) - block;
  if (left < MIN_TRAIN_SHARE * timing.trainBlocks) {
    ports.onActivity({ kind: 'waiting', detail: `for round ${round + 1}` });
    return;
  }
  loop.lastRound = round;
  ports.onActivity({ kind: 'training' });
  const pending = await playRound(ports, run, loop.replica, round, roster, errors, loop.overheadMs, signal);
  loop.pending = pending;
  loop.overheadMs = pending?.overheadMs ?? lessOverheadMs(loop.overheadMs);
  const detail = pending === null ? `for round ${round + 1}` : `for the verdict on round ${round}`;
  ports.onActivity({ kind: 'waiting', detail });
}
