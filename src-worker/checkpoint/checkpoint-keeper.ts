import type { CommittedCheckpoint } from '#protocol/chain/chain-client.ts';
import { errorMessage } from '#protocol/errors.ts';
import type { CheckpointPointer } from '#protocol/round/manifest.ts';
import type { Run } from '../run/open-run.ts';
import type { ReplicaState } from '../run/replica.ts';
import { type CheckpointStore, writeCheckpoint } from './write-checkpoint.ts';

export interface CheckpointKeeper {
  /** Newest checkpoint that is whole in the own store, or that the own last word names; `null`: none yet. */
  newest(): CheckpointPointer | null;
  /** Told of each state that was reached: those whose turn it is are written, beside whatever else goes on. */
  offer(state: ReplicaState): void;
  /** Goes on after a restart from what this node has said before. */
  adopt(pointer: CheckpointPointer): void;
  /** Resolves when nothing is being written; never rejects. */
  settled(): Promise<void>;
}

export interface KeeperOptions {
  readonly run: Run;
  readonly store: CheckpointStore;
  readonly onWritten?: (checkpoint: CommittedCheckpoint) => Promise<void>;
  readonly warn: (message: string) => void;
  readonly signal: AbortSignal;
}

/** Writes a checkpoint every `checkpointEvery` outer steps, one at a time. */
export function createCheckpointKeeper(options: KeeperOptions): CheckpointKeeper {
  const { run, store, warn, signal } = options;
  let newest: CheckpointPointer | null = null;
  /** Waits for the one before; a newer one takes its place, so that no more than two states are kept from the collector. */
  let waiting: ReplicaState | null = null;
  let writing: Promise<void> | null = null;

  const isStopping = (): boolean => signal.aborted;
  const write = async (state: ReplicaState): Promise<void> => {
    const { step, manifest, root } = state;
    // Meanwhile a newer one may have been adopted.
    if (manifest === null || step <= (newest?.step ?? 0) || isStopping()) return;
    try {
      const { index } = await writeCheckpoint(run, { ...state, manifest }, store, signal);
      newest = { step, stateRoot: root, manifest, index };
      await options.onWritten?.({ step, stateRoot: root, index });
    } catch (error) {
      if (!isStopping()) warn(`The checkpoint of step ${step} was not made: ${errorMessage(error)}`);
    }
  };
  const takeWaiting = (): ReplicaState | null => {
    const state = waiting;
    waiting = null;
    return state;
  };
  const writeAll = async (): Promise<void> => {
    for (let state = takeWaiting(); state !== null; state = takeWaiting()) await write(state);
    writing = null;
  };
  return {
    newest: () => newest,
    offer(state) {
      if (state.step === 0 || state.step % run.spec.checkpointEvery !== 0) return;
      waiting = state;
      writing ??= writeAll();
    },
    adopt(pointer) {
      if (pointer.step > (newest?.step ?? 0)) newest = pointer;
    },
    settled: () => writing ?? Promise.resolve(),
  };
}
