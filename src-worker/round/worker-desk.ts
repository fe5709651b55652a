import type { BlobHash } from '#protocol/ids.ts';
import type { Run } from '../run/open-run.ts';
import type { ReplicaState } from '../run/replica.ts';
import type { Roster } from '../run/roster.ts';
import type { CheckpointKeeper } from '../checkpoint/checkpoint-keeper.ts';
import type { BlobSource } from '../run/blob-source.ts';
import type { WorkerActivity, WorkerRound } from '#protocol/worker-messages.ts';
import type { SentUpdate } from './error-buffer-header.ts';
import type { PendingRound, Verdict } from './pending-round.ts';
import type { RoundPorts } from './make-update.ts';

/** What a worker needs of its surroundings. */
export interface WorkerPorts extends RoundPorts {
  readonly netuid: number;
  readonly blobs: BlobSource;
  readonly onActivity: (activity: WorkerActivity) => void;
  readonly onRound: (round: WorkerRound) => void;
  readonly checkpoints: Pick<CheckpointKeeper, 'offer'>;
  /** Called when the replica has reached a new step: older blobs may go. */
  readonly onStep: (state: ReplicaState) => Promise<void>;
}

/** What a worker has in hand between two events of its machine. */
export interface WorkerDesk {
  readonly ports: WorkerPorts;
  readonly run: Run;
  readonly signal: AbortSignal;
  /** The error buffer. */
  readonly errors: readonly Float32Array[];
  /** As the chain had it at the newest block. */
  roster: Roster;
  replica: ReplicaState;
  /** Of the manifest that led to the replica; −1 for the initial weights. */
  replicaRound: number;
  /** Outer steps behind the newest settled manifest; `null` when that is not known. */
  stepsBehind: number | null;
  /** Manifests that were found false here. */
  readonly refused: Set<BlobHash>;
  /** What a process before this one has sent, until it is pending again. */
  unresumed: SentUpdate | null;
  pending: PendingRound | null;
  /** On the pending round, once the manifests that were followed say something of it. */
  verdict: Verdict | null;
  /** From the last inner step to the validators' answers, as the newest round took. */
  overheadMs: number;
}
