import type { ChainClient } from '#protocol/chain/chain-client.ts';
import type { BlobHash, Hotkey, StateRoot } from '#protocol/ids.ts';
import { hotkeyOf, type KeyPair } from '#protocol/keys.ts';
import type { CheckpointPointer, Manifest } from '#protocol/round/manifest.ts';
import type { ValidatorNews } from '#protocol/validator-news.ts';
import type { ManifestSummary } from '#protocol/worker-messages.ts';
import type { CheckpointKeeper } from '#worker/checkpoint/checkpoint-keeper.ts';
import type { Evaluator } from '#worker/engine/evaluator.ts';
import type { BlobSource } from '#worker/run/blob-source.ts';
import type { BlockClock } from '#worker/run/block-clock.ts';
import type { DataPages } from '#worker/run/data-pages.ts';
import type { Run } from '#worker/run/open-run.ts';
import { initialState, type ReplicaState } from '#worker/run/replica.ts';
import type { Roster } from '#worker/run/roster.ts';
import type { Evaluation, Rating } from '#protocol/score/observation.ts';
import { EMPTY_BOOK, type ScoreBook } from '#protocol/score/standing.ts';
import type { OpenedUpdate } from '#protocol/update/update-blob.ts';
import type { UpdateCodec } from '#worker/update/update-codec.ts';
import type { BookFile } from './book-file.ts';
import { type FirstWords, NO_WORDS } from './first-words.ts';
import type { Gather, GatheredUpdate } from './gather.ts';
import type { CommitFile } from './weights/commit-file.ts';
import { openWeightSetter, type WeightSetter } from './weights/weight-setter.ts';

/** What a validator needs of its surroundings. */
export interface ValidatorPorts {
  readonly chain: ChainClient;
  readonly clock: BlockClock;
  readonly netuid: number;
  readonly hotkey: KeyPair;
  readonly blobs: BlobSource;
  readonly pages: DataPages;
  readonly evaluator: Evaluator;
  readonly updates: UpdateCodec;
  readonly address: () => string;
  readonly putBlob: (bytes: Uint8Array) => Promise<BlobHash>;
  /** Where announcements go from now on; `null`: nowhere. */
  readonly openGate: (gather: Gather | null) => void;
  readonly onManifest: (summary: ManifestSummary) => void;
  /** For its operator. */
  readonly tell: (news: ValidatorNews) => void;
  /** Milliseconds from any fixed instant, never going back. */
  readonly nowMs: () => number;
  readonly checkpoints: CheckpointKeeper;
  /** The score book as this validator keeps it over a restart. */
  readonly books: BookFile;
  /** Weights that were committed to and not revealed yet, as they last over a restart. */
  readonly commits: CommitFile;
  /** 128 bits that nobody can guess, in u16. */
  readonly newSalt: () => readonly number[];
  /** After each round: older blobs may go. */
  readonly onStep: (state: ReplicaState) => Promise<void>;
  readonly log: (level: 'info' | 'warning' | 'error', message: string) => void;
}

/** What a validator has in hand between two events of its machine. */
export interface ValidatorDesk {
  readonly ports: ValidatorPorts;
  readonly run: Run;
  readonly own: Hotkey;
  readonly signal: AbortSignal;
  /** Specification that this validator publishes as the subnet's owner; `null` when it only validates. */
  readonly runSpec: BlobHash | null;
  /** The run's first state, which serves as the checkpoint until there is another. */
  readonly first: CheckpointPointer;
  /** As the chain had it at the newest event. */
  roster: Roster;
  replica: ReplicaState;
  /** Roots of the replica's states, the newest first: as many as an update may be stale. */
  bases: readonly StateRoot[];
  /** Of the manifest that led to the replica; −1 for the initial weights. */
  replicaRound: number;
  /** What is known of each worker. */
  book: ScoreBook;
  /** Manifests whose outer step gives another state than they say: whatever stands behind them, they are not followed. */
  readonly falseManifests: Set<BlobHash>;
  /** What the others said first in the round that was looked at last. */
  words: FirstWords;
  readonly weightSetter: WeightSetter;
  /** Ends when the weights of the last round are set, or were not. Never rejects. */
  weighing: Promise<void>;
  /** The round under way. */
  work: RoundWork | null;
}

export interface RoundWork {
  readonly round: number;
  readonly gather: Gather;
  /** Whether it was opened so early that everyone had the time to announce. */
  readonly isOnTime: boolean;
  updates: readonly GatheredUpdate[];
  /** Hash of the seed block (round/clock.ts); empty before it. */
  seed: Uint8Array;
  /** By worker, of those in the round's sample. */
  evaluations: ReadonlyMap<Hotkey, Evaluation>;
  /** Who handed in nearly what another one had announced before. */
  copies: ReadonlyMap<Hotkey, Hotkey>;
  ratings: readonly Rating[];
  /** What an update gains on the round's unseen text; `null` when nothing came, so that nothing was measured. */
  gainOf: ((hotkey: Hotkey, update: OpenedUpdate) => Promise<number>) | null;
  /** Manifests on the replica that were made or recomputed here, with the state that they give. */
  readonly known: Map<BlobHash, { readonly manifest: Manifest; readonly state: ReplicaState }>;
}

/** @param roster of a chain on which nothing has been read yet may be empty */
export async function openDesk(
  ports: ValidatorPorts,
  run: Run,
  runSpec: BlobHash | null,
  signal: AbortSignal,
): Promise<ValidatorDesk> {
  const replica = await initialState(run);
  const book = (await ports.books.load()) ?? EMPTY_BOOK;
  return {
    ...{ ports, run, runSpec, signal, replica, book, bases: [replica.root], own: hotkeyOf(ports.hotkey) },
    ...{ weightSetter: await openWeightSetter(ports), weighing: Promise.resolve() },
    ...{ replicaRound: -1, falseManifests: new Set(), words: NO_WORDS, work: null },
    first: { step: 0, stateRoot: replica.root, manifest: null, index: null },
    roster: { members: [], validators: [], runSpec: null },
  };
}
