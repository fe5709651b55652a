import type { KeysState } from './keys.ts';

/**
 * The one observable state tree. Main owns the truth; a client takes a snapshot, then numbered patches.
 * Plain JSON throughout: amounts of money are decimal strings in rao (units.ts), times are Unix milliseconds.
 */

import type { ExtensionState } from './extension.ts';
import type { AddressBookEntry, OrderRecord, StakeState } from './wallet.ts';

/** What the machine is doing for the owner, always with the reason in words. */
export type WorkState =
  | { readonly kind: 'stopped' }
  /** `usual` where it is known how long a start takes, in all its steps. */
  | { readonly kind: 'starting'; readonly step: string; readonly usual?: UsualStart | undefined }
  | { readonly kind: 'catching-up'; readonly detail: string }
  | { readonly kind: 'training' }
  | { readonly kind: 'waiting'; readonly detail: string }
  | { readonly kind: 'pausing' }
  | { readonly kind: 'restarting'; readonly reason: string; readonly attempt: number; readonly retryAtMs: number }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly advice: string };

/** How a start gets on. */
export interface UsualStart {
  /** When it began. */
  readonly sinceMs: number;
  /** How long it takes at most as a rule; no promise. */
  readonly durationMs: number;
}

export type GpuVendor = 'nvidia' | 'amd' | 'intel' | 'apple' | 'other';

/** Best first. `cpu` is the class of a machine without a usable GPU. */
export type ComputeClass = 'datacenter' | 'high' | 'mid' | 'low' | 'integrated' | 'cpu';

export interface Gpu {
  /** PCI address or UUID: tells two identical cards apart. */
  readonly id: string;
  readonly vendor: GpuVendor;
  readonly name: string;
  /** `null`: unknown, never a guess. */
  readonly vramBytes: number | null;
  readonly vramUsedBytes: number | null;
  /** Apple Silicon and APUs: VRAM is the system's memory. */
  readonly unifiedMemory: boolean;
  readonly computeClass: ComputeClass;
  /** Why this class, in words. */
  readonly classReason: string;
  readonly driver: string | null;
  readonly temperatureCelsius: number | null;
  readonly loadPercent: number | null;
  readonly powerWatts: number | null;
  /** Which source told it: nvidia-smi, sysfs, registry, system_profiler, systeminformation. */
  readonly source: string;
}

export interface Cpu {
  readonly name: string;
  readonly cores: number;
  readonly memoryBytes: number;
}

export type HardwareState =
  | { readonly kind: 'detecting' }
  | {
      readonly kind: 'ready';
      readonly gpus: readonly Gpu[];
      readonly cpu: Cpu;
      /** The class this machine takes part with, and why. */
      readonly machineClass: ComputeClass;
      readonly machineClassReason: string;
      /** Sources that failed or gave garbage, in words; detection went on without them. */
      readonly warnings: readonly string[];
      readonly detectedAtMs: number;
    };

export interface RoundProgress {
  readonly round: number;
  readonly phase: 'training' | 'compressing' | 'announcing' | 'awaiting-manifest' | 'applying';
  readonly step: number;
  readonly steps: number;
  readonly loss: number | null;
  readonly tokensPerSecond: number | null;
  /** Of the newest inner step, before clipping. */
  readonly gradientNorm: number | null;
}

/** One finished round of this worker. */
export interface RoundRecord {
  readonly round: number;
  /** Mean training loss of the round, nats per token. */
  readonly loss: number;
  /** Loss of the network's new state on held-out text, nats per token; `null` without a manifest. */
  readonly evalLoss?: number | null;
  readonly tokensPerSecond: number;
  readonly updateBytes: number;
  /** The validator's score, 0…100; `null` until it is known. */
  readonly score: number | null;
  /** What the validator holds of this worker over weeks, 0…100; `null` until it is known. */
  readonly reputation: number | null;
  /** Why this score, in the validator's words. */
  readonly scoreReason: string | null;
  /** Emission in the blocks of this round, rao; `null` until its last block's payments are known, then also "0". */
  readonly rewardRao: string | null;
  readonly stateRoot: string | null;
  readonly finishedAtMs: number;
}

/** Payments of final blocks, and apart from them those of blocks that are not final yet. What is staked is the wallet's. */
interface EarningsState {
  /** All that was paid, in the subnet's token. */
  readonly totalAlpha: string;
  /** Its worth, each payment at the price of its block; as the next ones. */
  readonly totalRao: string;
  readonly todayRao: string;
  /** Paid in the newest blocks, which others may still replace; in none of the sums above. */
  readonly pendingAlpha: string;
  readonly pendingRao: string;
  /** Of the newest payment that is final. */
  readonly lastRewardRao: string | null;
  readonly lastRewardAtMs: number | null;
  /** The last EARNED_DAYS days, today last; empty until the ledger was read. */
  readonly days: readonly EarnedDayRecord[];
}

/** What was paid, finally, on one day of the owner's time zone. */
interface EarnedDayRecord {
  /** Its midnight. */
  readonly dayMs: number;
  readonly alpha: string;
  readonly rao: string;
}

interface WalletState {
  readonly kind: 'missing' | 'ready';
  readonly hotkey: string | null;
  readonly coldkey: string | null;
  /** Free balance of the coldkey, rao; `null` while the chain is out of reach. */
  readonly balanceRao: string | null;
  readonly registered: boolean;
  /** `null` until it was read. */
  readonly stake: StakeState | null;
  /** Newest first, at most MAX_ORDER_RECORDS. */
  readonly orders: readonly OrderRecord[];
  readonly addressBook: readonly AddressBookEntry[];
}

export type ThemeSetting = 'system' | 'light' | 'dark';

/** Millrace's own on this machine; Bittensor's main chain and its test chain; a Subtensor node on this machine; what the owner names. */
export const CHAIN_NAMES = ['devnet', 'finney', 'test', 'local', 'custom'] as const;
export type ChainName = (typeof CHAIN_NAMES)[number];

/** Where to work. */
export interface NetworkChoice {
  readonly chain: ChainName;
  /** Addresses for `custom`, the preferred one first; at most MAX_ENDPOINTS. */
  readonly customEndpoints: readonly string[];
  /** The subnet that trains; `null`: none is chosen yet. The devnet has one subnet, whatever stands here. */
  readonly netuid: number | null;
}

export interface Settings extends NetworkChoice {
  readonly theme: ThemeSetting;
  /** Start earning as soon as Millrace starts. */
  readonly startOnLaunch: boolean;
  /** CPU threads that training may use; `null`: half of the cores. */
  readonly cpuThreads: number | null;
  /** Part of the time in which training may work, MIN_WORK_SHARE…1; in the rest of it the machine rests. */
  readonly workShare: number;
  /** GiB that blobs (checkpoints, updates, text) may take on the disk, from MIN_DISK_GIB on. */
  readonly diskGiB: number;
  /** Keep running in the tray when the window is closed. */
  readonly closeToTray: boolean;
}

export interface NetworkState {
  readonly name: ChainName;
  readonly netuid: number | null;
  readonly chain: 'starting' | 'connected' | 'disconnected';
  /** In use, or tried; `null` before there is one. */
  readonly endpoint: string | null;
  /** Why there is no connection, in words; `null` while there is one, and before the first attempt has failed. */
  readonly problem: string | null;
  /** Time of the newest block when that is longer ago than it should be: endpoint or chain has fallen behind. */
  readonly staleSinceMs: number | null;
  readonly block: number | null;
  readonly peers: number;
}

/** Something the owner should know; dismissible. */
export interface Notice {
  readonly id: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly message: string;
  readonly atMs: number;
}

export interface AppState {
  readonly version: string;
  readonly host: 'electron' | 'headless';
  readonly work: WorkState;
  readonly hardware: HardwareState;
  readonly progress: RoundProgress | null;
  /** Newest last, at most MAX_ROUND_RECORDS. */
  readonly rounds: readonly RoundRecord[];
  readonly earnings: EarningsState;
  readonly wallet: WalletState;
  /** Of real chains; the devnet has play-money keys of its own. */
  readonly keys: KeysState;
  readonly settings: Settings;
  /** Threads given on the command line, which hold for as long as it runs whatever the setting; `null`: the setting holds. */
  readonly fixedThreads: number | null;
  /** The same for the work share. */
  readonly fixedWorkShare: number | null;
  /** The same for the disk space. */
  readonly fixedDiskGiB: number | null;
  /** The same for the chain and its subnet. */
  readonly fixedNetwork: NetworkChoice | null;
  readonly network: NetworkState;
  /** What the owner's browser extension is asked for now. */
  readonly extension: ExtensionState;
  readonly notices: readonly Notice[];
}

/** What a client sees at once; older rounds stay in the ledger. */
export const MAX_ROUND_RECORDS = 200;

/** A month of bars for a chart. */
export const EARNED_DAYS = 30;

/** With less, hardly an inner step fits into a round. */
export const MIN_WORK_SHARE = 0.1;

/** With less, a model of 50 million parameters would have no room for its checkpoints. */
export const MIN_DISK_GIB = 1;
export const MAX_DISK_GIB = 65_536;

export const DEFAULT_SETTINGS: Settings = {
  theme: 'system',
  startOnLaunch: false,
  cpuThreads: null,
  workShare: 1,
  diskGiB: 16,
  closeToTray: true,
  chain: 'devnet',
  customEndpoints: [],
  netuid: null,
};
