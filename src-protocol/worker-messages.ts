import type { ProcessVitals, ValidatorNews } from './validator-news.ts';

/**
 * What main and the processes that it launches say to each other over the parent channel (Electron utilityProcess port or
 * child_process IPC): plain structured-clone data. The first message to a child carries its whole configuration, so that no
 * secret is ever in an argument or an environment variable.
 */

/** First message to dist/chain.js. */
export interface ChainStart {
  readonly kind: 'start-chain';
  readonly dataDir: string;
  /** 0: any free port. */
  readonly port: number;
  /** Used at genesis only; later starts read the stored chain. */
  readonly genesis: DevnetGenesis;
}

export interface DevnetGenesis {
  readonly blockMs: number;
  readonly netuid: number;
  /** Blocks between two payments of emission. */
  readonly tempo: number;
  readonly ownerHotkey: string;
  readonly ownerColdkey: string;
  /** Registered validators with stake in the subnet's own token, as a decimal string. */
  readonly validators: readonly { readonly hotkey: string; readonly coldkey: string; readonly stakeAlpha: string }[];
  /** Accounts with money. */
  readonly balances: readonly { readonly account: string; readonly amountRao: string }[];
}

/** First message to dist/worker.js. */
export interface WorkerStart {
  readonly kind: 'start-worker';
  readonly chainUrl: string;
  /** Tried one after the other when the first does not answer or is behind. */
  readonly chainFallbackUrls?: readonly string[] | undefined;
  /** Hex, 64 digits: what answers with another first block is left alone. Absent: the chain that is met first is meant. */
  readonly genesisHash?: string | undefined;
  /** Without a run of the subnet's owner the worker ends with NO_RUN, instead of waiting for one. */
  readonly expectsRun?: boolean | undefined;
  readonly netuid: number;
  readonly dataDir: string;
  /** 32 bytes, hex. The hotkey must be registered. */
  readonly hotkeySeedHex: string;
  readonly threads: number;
  /** See PaceMessage; absent: all of the time. */
  readonly workShare?: number | undefined;
  /** Multiaddr to listen on, e.g. `/ip4/127.0.0.1/tcp/0`. */
  readonly listenAddress: string;
  /** Addresses of peers, with their peer ids, to begin with; absent: those that the chain has. */
  readonly bootstrap?: readonly string[] | undefined;
  /** What its blobs may take on the disk; absent: a default. */
  readonly blobQuotaBytes?: number | undefined;
  /** Leave the GPU to others on this machine. */
  readonly cpuOnly?: boolean | undefined;
  /** Memory of the graphics card that training may use; absent: unknown, or the machine's main memory. */
  readonly vramBytes?: number | undefined;
}

/** First message to dist/validator.js. */
export interface ValidatorStart {
  readonly kind: 'start-validator';
  readonly chainUrl: string;
  /** See WorkerStart. */
  readonly chainFallbackUrls?: readonly string[] | undefined;
  readonly genesisHash?: string | undefined;
  readonly netuid: number;
  readonly dataDir: string;
  readonly hotkeySeedHex: string;
  readonly threads: number;
  readonly listenAddress: string;
  /** Addresses of peers, with their peer ids, to begin with; absent: those that the chain has. */
  readonly bootstrap?: readonly string[] | undefined;
  /** What its blobs may take on the disk; absent: a default. */
  readonly blobQuotaBytes?: number | undefined;
  /** Present for the validator that founds a run: it publishes this text as data and the run specification. */
  readonly found: FoundRun | null;
}

export interface FoundRun {
  /** Folder or file of UTF-8 text that becomes the run's data. */
  readonly textPath: string;
  readonly roundBlocks: number;
  readonly trainBlocks: number;
}

/** To a running worker: how much to work from now on. What is under way on the device is finished first. */
interface PaceMessage {
  readonly kind: 'pace';
  /** Part of the time in which training may work, above 0 and at most 1. */
  readonly share: number;
}

export type ParentMessage = ChainStart | WorkerStart | ValidatorStart | PaceMessage | { readonly kind: 'stop' };

/** What every child says. `ready` comes once; a child that fails says `failed` and exits non-zero. */
export type ChildMessage =
  | { readonly kind: 'ready'; readonly url: string | null }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'log'; readonly level: 'info' | 'warning' | 'error'; readonly message: string }
  | { readonly kind: 'worker-state'; readonly state: WorkerActivity }
  | { readonly kind: 'progress'; readonly progress: WorkerProgress }
  | { readonly kind: 'round'; readonly round: WorkerRound }
  | { readonly kind: 'missed'; readonly missed: MissedRound }
  | { readonly kind: 'manifest'; readonly manifest: SettledManifest }
  | { readonly kind: 'validator'; readonly news: ValidatorNews }
  | { readonly kind: 'vitals'; readonly vitals: ProcessVitals };

export type WorkerActivity =
  | { readonly kind: 'connecting' }
  /** The subnet's owner has published no run yet; see `expectsRun`. */
  | { readonly kind: 'awaiting-run' }
  | { readonly kind: 'catching-up'; readonly detail: string }
  | { readonly kind: 'training' }
  | { readonly kind: 'waiting'; readonly detail: string }
  /** Own state root differs from the manifest's: the worker has stopped. */
  | { readonly kind: 'diverged'; readonly round: number; readonly expectedRoot: string; readonly actualRoot: string };

export interface WorkerProgress {
  readonly round: number;
  readonly phase: 'training' | 'compressing' | 'announcing' | 'awaiting-manifest' | 'applying';
  readonly step: number;
  readonly steps: number;
  readonly loss: number | null;
  readonly tokensPerSecond: number | null;
  /** Global norm of the newest inner step's gradients before clipping. */
  readonly gradientNorm: number | null;
  readonly peers: number;
}

/** A round in which this worker announced an update and saw the manifest (or its absence). */
export interface WorkerRound {
  readonly round: number;
  /** Length of the run's rounds in blocks: tells main which payment is this round's. */
  readonly roundBlocks?: number | undefined;
  /** Mean inner loss, nats per token. */
  readonly loss: number;
  readonly tokensPerSecond: number;
  readonly innerSteps: number;
  readonly updateBytes: number;
  readonly score: number | null;
  /** 0…100, of weeks; `null` when the round was not rated. */
  readonly reputation: number | null;
  readonly scoreReason: string | null;
  readonly stateRoot: string | null;
  /** Loss of the network's new state on held-out text, nats per token; `null` without a manifest. */
  readonly evalLoss: number | null;
}

/** A round in which this worker could not do a single inner step. */
export interface MissedRound {
  readonly round: number;
  /** How long a round takes, and the part of it for training, at the chain's nominal pace. */
  readonly roundMs: number;
  readonly trainMs: number;
  /** How long the first step had taken when it was given up; 0: there was no time to begin one. */
  readonly stepMs: number;
}

/** What the validator tells its operator of a round. */
export interface ManifestSummary {
  readonly round: number;
  readonly hash: string;
  readonly stateRoot: string;
  /** Hold-out loss of the new state, nats per token. */
  readonly evalLoss: number;
  readonly announced: number;
  readonly selected: number;
}

/** A manifest as it settled here, with the time that judging the round took; `null` when that was not done here. */
export interface SettledManifest extends ManifestSummary {
  readonly judgeSeconds: number | null;
}
