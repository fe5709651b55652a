import type { CommittedCheckpoint } from '#protocol/chain/chain-client.ts';
import { checkpointBytes } from '#protocol/checkpoint/checkpoint-parts.ts';
import { errorMessage } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import type { CheckpointPointer } from '#protocol/round/manifest.ts';
import { CHECKPOINT_QUOTA_SHARE } from '../run/quota-shares.ts';
import type { Run } from '../run/open-run.ts';
import type { ReplicaState } from '../run/replica.ts';
import { type CheckpointStore, writeCheckpoint } from './write-checkpoint.ts';

export interface CheckpointKeeper {
  /** Newest checkpoint that is whole in the own store, or that the own last word names; `null`: none yet. */
  newest(): CheckpointPointer | null;
  /** Told of each state that was reached: those whose turn it is are written, beside whatever else goes on. */
  offer(state: ReplicaState): void;
  /** Goes on after a restart from what a manifest names, as long as none was written here: nobody has looked whether it is there. */
  adopt(pointer: CheckpointPointer): void;
  /** Resolves when nothing is being written; never rejects. */
  settled(): Promise<void>;
  /** Gives up what is being written, between two blobs. */
  stop(): Promise<void>;
}

export interface KeeperOptions {
  readonly run: Run;
  readonly store: CheckpointStore & { readonly quotaBytes: number };
  /** Tells others; tried again at the next state when it fails. */
  readonly onWritten?: (checkpoint: CommittedCheckpoint) => Promise<void>;
  readonly warn: (message: string) => void;
  readonly signal: AbortSignal;
}

/** Writes a checkpoint every `checkpointEvery` outer steps, one at a time. */
export function createCheckpointKeeper({ run, store, warn, ...options }: KeeperOptions): CheckpointKeeper {
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  let newest: CheckpointPointer | null = null;
  /** Blobs of the newest one that was written whole. */
  let whole: readonly BlobHash[] = [];
  /** What others have not been told of yet. */
  let untold: CommittedCheckpoint | null = null;
  /** Waits for the one before; a newer one takes its place, so that no more than two states are kept from the collector. */
  let waiting: ReplicaState | null = null;
  let working: Promise<void> | null = null;
  /** Else none is made: the owner hears of it at the start (run/disk-need.ts). */
  const fits = checkpointBytes(run.spec) <= CHECKPOINT_QUOTA_SHARE * store.quotaBytes;

  const isStopping = (): boolean => signal.aborted;
  const write = async (state: ReplicaState): Promise<void> => {
    const { step, manifest, root } = state;
    const before = newest;
    // The same state may come again, after a restart or a longer way round.
    if (manifest === null || manifest === before?.manifest || isStopping()) return;
    try {
      const { index, parts } = await writeCheckpoint(run, { ...state, manifest }, store, signal);
      whole = [...parts, index];
      // Meanwhile a newer one may have been adopted.
      if (newest === before || step >= (newest?.step ?? 0)) newest = { step, stateRoot: root, manifest, index };
      untold = { step, stateRoot: root, index };
    } catch (error) {
      store.keep(whole); // half a checkpoint must not take room for ever
      if (!isStopping()) warn(`The checkpoint of step ${step} was not made: ${errorMessage(error)}`);
    }
  };
  const tell = async (): Promise<void> => {
    const told = untold;
    if (told === null || isStopping()) return;
    try {
      await options.onWritten?.(told);
      if (untold === told) untold = null;
    } catch (error) {
      if (!isStopping()) {
        warn(`The checkpoint of step ${told.step} is made, but others were not told yet: ${errorMessage(error)}`);
      }
    }
  };
  const takeWaiting = (): ReplicaState | null => {
    const state = waiting;
    waiting = null;
    return state;
  };
  const work = async (): Promise<void> => {
    let state = takeWaiting();
    do {
      if (state !== null) await write(state);
      await tell();
      state = takeWaiting();
    } while (state !== null);
    working = null;
  };
  const settled = (): Promise<void> => working ?? Promise.resolve();
  return {
    newest: () => newest,
    offer(state) {
      const isTurn = state.step > 0 && state.step % run.spec.checkpointEvery === 0 && fits;
      if (isTurn) waiting = state;
      if (isTurn || untold !== null) working ??= work();
    },
    adopt(pointer) {
      if (pointer.index !== null && whole.length === 0) newest = pointer;
    },
    settled,
    async stop() {
      stopping.abort();
      await settled();
    },
  };
}
