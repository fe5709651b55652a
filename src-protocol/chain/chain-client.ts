import type { BlobHash, Coldkey, Hotkey, StateRoot, Uid } from '../ids.ts';
import type { KeyPair } from '../keys.ts';
import type { Alpha, Rao } from '../units.ts';

/**
 * The chain as every part of Millrace sees it: block clock, registration, stake, emission, weights, commitments.
 * Named after Subtensor's own terms, so that the devnet chain and the real one are two implementations of this port.
 */
export interface ChainClient {
  /** Facts that never change while connected. */
  info(signal?: AbortSignal): Promise<ChainInfo>;
  /** The newest block. */
  head(signal?: AbortSignal): Promise<BlockHeader>;
  /** Number of the newest block that cannot be taken back. */
  finalized(signal?: AbortSignal): Promise<number>;
  /** `null` when the block does not exist (yet) or was forgotten. */
  block(number: number, signal?: AbortSignal): Promise<BlockHeader | null>;
  /** Calls back on each new block (skipping some under load is allowed) and once at once with the head; survives reconnects. Returns the unsubscribe function. */
  onBlock(listener: (block: BlockHeader) => void): () => void;
  /** Calls back with the connection's state at once and on every change. Returns the unsubscribe function. */
  onConnection(listener: (state: ChainConnection) => void): () => void;
  /** All neurons of the subnet, by uid. */
  neurons(netuid: number, signal?: AbortSignal): Promise<readonly Neuron[]>;
  /**
   * Who is in the subnet now, as the node tells of each change: asking again costs next to nothing. The chain may have moved on by a
   * moment more than this knows. @throws MillraceError CHAIN_REFUSED when there is no such subnet
   */
  members(netuid: number, signal?: AbortSignal): Promise<SubnetMembers>;
  /** Owner key of the subnet: its hotkey commits the run specification. */
  subnet(netuid: number, signal?: AbortSignal): Promise<SubnetInfo>;
  /** Commitments of these hotkeys of the subnet, or (`null`) of every one. */
  commitments(netuid: number, hotkeys: readonly Hotkey[] | null, signal?: AbortSignal): Promise<readonly Commitment[]>;
  /** What registering a hotkey in the subnet costs now. */
  registrationPrice(netuid: number, signal?: AbortSignal): Promise<Rao>;
  /** How this hotkey sets weights in the subnet, as the next block would take it. */
  weightTerms(netuid: number, hotkey: Hotkey, signal?: AbortSignal): Promise<WeightTerms>;
  /** Free balance. Zero for an account that never was. */
  balance(account: Coldkey, signal?: AbortSignal): Promise<Rao>;
  /**
   * Emission paid for this hotkey of the subnet in these blocks, a page of it, read from the newest block backwards. The caller
   * says which blocks are final. @throws MillraceError PROTOCOL when the chain has no such blocks, or contradicts itself
   */
  emissions(netuid: number, hotkey: Hotkey, range: BlockRange, signal?: AbortSignal): Promise<EmissionPage>;
  /**
   * Signs and sends a call and waits until a block includes it. A refusal by the chain is data (`kind: 'refused'`).
   * @throws MillraceError CHAIN_UNREACHABLE, TIMEOUT, ABORTED
   */
  submit(call: ChainCall, signer: KeyPair, signal?: AbortSignal): Promise<CallOutcome>;
  close(): void;
}

export interface ChainInfo {
  /** Hex, 64 digits: tells one chain from another. */
  readonly genesisHash: string;
  readonly name: string;
  /** Nominal time between two blocks. */
  readonly blockMs: number;
  readonly tokenSymbol: string;
}

export type ChainConnection = 'connecting' | 'connected' | 'disconnected';

export interface BlockHeader {
  readonly number: number;
  /** Hex, 64 digits. Unpredictable before the block exists: the seed of a round. */
  readonly hash: string;
  readonly timestampMs: number;
}

export interface SubnetInfo {
  readonly netuid: number;
  readonly ownerHotkey: Hotkey;
  /** Emission is paid every `tempo` blocks, at blocks whose number is a multiple of it. */
  readonly tempo: number;
}

export interface Neuron {
  readonly uid: Uid;
  readonly hotkey: Hotkey;
  readonly coldkey: Coldkey;
  readonly stakeRao: Rao;
  /** May set weights. */
  readonly validatorPermit: boolean;
  readonly registeredAtBlock: number;
  /** Emission of the last epoch. */
  readonly emissionRao: Rao;
  /** Normalised 0…1 share of the miners' emission in the last epoch. */
  readonly incentive: number;
}

export interface SubnetMembers {
  /** `null` where the chain names none. */
  readonly ownerHotkey: Hotkey | null;
  /** By uid. */
  readonly neurons: readonly MemberNeuron[];
  /** Of the neurons and of the owner, as far as they have committed something. */
  readonly commitments: readonly Commitment[];
}

/** `stakeRao` counts with a permit only; without one it may be zero, whatever is staked. */
export type MemberNeuron = Pick<Neuron, 'uid' | 'hotkey' | 'stakeRao' | 'validatorPermit' | 'registeredAtBlock'>;

/** As Subtensor's Commitments pallet: one record for each hotkey, at most 3 fields of at most 128 bytes. */
export interface Commitment {
  readonly hotkey: Hotkey;
  readonly block: number;
  readonly fields: readonly Uint8Array[];
}

export const MAX_COMMITMENT_FIELDS = 3;
export const MAX_COMMITMENT_FIELD_BYTES = 128;

/** Blocks afterBlock < block ≤ untilBlock. */
export interface BlockRange {
  readonly afterBlock: number;
  readonly untilBlock: number;
}

export interface EmissionPage {
  /** Oldest first. */
  readonly events: readonly EmissionEvent[];
  /** The blocks of the range up to this one were not read; that of the range when all were. */
  readonly afterBlock: number;
  /** The node no longer knows what was in those; otherwise the next page goes on there. */
  readonly isForgotten: boolean;
}

export interface EmissionEvent {
  readonly block: number;
  readonly hotkey: Hotkey;
  readonly coldkey: Coldkey;
  /** What was paid, in the subnet's own token. */
  readonly amountAlpha: Alpha;
  /** What that was worth in TAO at the block's price. */
  readonly amountRao: Rao;
}

export interface WeightEntry {
  readonly uid: Uid;
  /** Relative, 0…65535, as on Subtensor. */
  readonly weight: number;
}

/** Weights as they are revealed, after only the hash of them was said (`weight-commit.ts`). */
export interface RevealedWeights {
  readonly weights: readonly WeightEntry[];
  /** u16 each: what makes the hash of guessable weights unguessable. */
  readonly salt: readonly number[];
  readonly versionKey: bigint;
}

/** `unsupported`: the chain takes no weights in a form that Millrace has. */
export type WeightTerms =
  { readonly kind: 'open' } | CommitTerms | { readonly kind: 'unsupported'; readonly why: string };

/** Weights are committed to by their hash in one epoch, and revealed `revealPeriodEpochs` later, in that epoch only. */
export interface CommitTerms {
  readonly kind: 'commit-reveal';
  /** That a call of the next block belongs to. */
  readonly epoch: number;
  readonly revealPeriodEpochs: number;
  /** Weights of a smaller version are refused when they are revealed. */
  readonly versionKey: bigint;
  /** Of the hotkey; `null` when it is not registered. */
  readonly uid: Uid | null;
  /** Whether enough blocks are over since the hotkey's last one. */
  readonly canCommit: boolean;
  /** Not revealed yet, the oldest first; the chain may still list some whose time is over. */
  readonly commits: readonly { readonly hash: string; readonly epoch: number }[];
}

/** Who signs: `register` and `transfer` the coldkey, the others the hotkey. `set-weights` is for subnets with open weights. */
export type ChainCall =
  | { readonly kind: 'register'; readonly netuid: number; readonly hotkey: Hotkey }
  | { readonly kind: 'transfer'; readonly to: Coldkey; readonly amountRao: Rao }
  | { readonly kind: 'set-weights'; readonly netuid: number; readonly weights: readonly WeightEntry[] }
  | { readonly kind: 'commit-weights'; readonly netuid: number; readonly hash: string }
  | ({ readonly kind: 'reveal-weights'; readonly netuid: number } & RevealedWeights)
  | { readonly kind: 'set-commitment'; readonly netuid: number; readonly fields: readonly Uint8Array[] };

/** `error`: the chain's own name for it, else `StaleNonce`, `BadSignature`, `CannotPay`, `Expired` or `Malformed`. */
export type CallOutcome =
  | { readonly kind: 'included'; readonly block: number }
  | { readonly kind: 'refused'; readonly error: string; readonly message: string };

/** Meaning of the commitment fields that Millrace writes: see chain/commitment.ts. */
export interface MillraceCommitment {
  /** Where the peer listens, with its peer id: `/ip4/…/tcp/…/p2p/…`. */
  readonly address: string | null;
  /** Newest manifest of a validator. */
  readonly manifest: { readonly round: number; readonly hash: BlobHash } | null;
  /** Newest checkpoint that this peer has made from its own state, and serves. */
  readonly checkpoint: CommittedCheckpoint | null;
  /** The run specification that a subnet owner publishes. */
  readonly runSpec: BlobHash | null;
}

export interface CommittedCheckpoint {
  readonly step: number;
  readonly stateRoot: StateRoot;
  /** Blob of its index. */
  readonly index: BlobHash;
}
