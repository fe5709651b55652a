import type { ReplicaState } from '../run/replica.ts';
import type { SentUpdate } from './error-buffer-header.ts';
import type { PendingRound } from './pending-round.ts';

/** Where a worker stands between two blocks. */
export interface LoopState {
  replica: ReplicaState;
  pending: PendingRound | null;
  /** What a process before this one has sent, until it is pending again. */
  unresumed: SentUpdate | null;
  /** Newest round that was trained or given up. */
  lastRound: number;
  /** See PendingRound. */
  overheadMs: number;
}
