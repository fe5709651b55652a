import { UNKNOWN, type Sensed } from './sensed.ts';

/**
 * All that duty knows of the machine. Adapters for each system fill it in; what an adapter cannot tell, or has not told yet, is
 * unknown. Times and bytes are what they were when the adapter looked last.
 */
export interface DutySignals {
  /** Since the last key, click or movement. On some Wayland sessions nobody says: unknown, although Electron says 0. */
  readonly inputIdleMs: Sensed<number>;
  readonly isLocked: Sensed<boolean>;
  readonly supply: Sensed<PowerSupply>;
  readonly apps: Sensed<readonly SeenApp[]>;
  /** The cards of the worker that is decided for, and no others. */
  readonly gpus: readonly GpuSignals[];
  readonly isMetered: Sensed<boolean>;
  readonly disk: Sensed<DiskUse>;
  /** What this app sent and received in this month of local time. */
  readonly month: Sensed<Traffic>;
  /** Bytes a second of this app, mean over the last minute. */
  readonly rates: Sensed<Traffic>;
  readonly progress: Sensed<WorkerRoundProgress>;
}

type PowerSupply =
  | { readonly kind: 'mains' }
  /** 0…100; unknown where the system names no charge. */
  | { readonly kind: 'battery'; readonly chargePercent: Sensed<number> };

/** A program of the owner's that may want the machine for itself. This app's own windows are never among them. */
export interface SeenApp {
  /** File name of the program, such as `game.exe`. */
  readonly exe: string;
  /** For people; as the system says it. */
  readonly name: string;
  /** `running`: neither in fullscreen nor known as a game; listed because the owner may have named it. */
  readonly shows: 'fullscreen' | 'game' | 'running';
}

export interface GpuSignals {
  /** See Gpu in the contract. */
  readonly id: string;
  readonly name: string;
  /** Load by all processes but this app's, 0…100. */
  readonly othersLoadPercent: Sensed<number>;
  readonly vramBytes: Sensed<number>;
  /** Used by all processes but this app's. */
  readonly othersVramBytes: Sensed<number>;
  /** What the worker uses, or used when it ran last. So freeing it is not taken for room to come back. */
  readonly ownVramBytes: Sensed<number>;
  readonly temperatureCelsius: Sensed<number>;
  /** Drawn by the whole card, mean over the last seconds. */
  readonly watts: Sensed<number>;
}

interface DiskUse {
  /** On the disk that has the data folder. */
  readonly freeBytes: number;
  /** By this app's data. */
  readonly usedBytes: number;
}

interface Traffic {
  readonly upBytes: number;
  readonly downBytes: number;
}

export interface WorkerRoundProgress {
  readonly round: number;
  /** There is work of this round that is not delivered yet. */
  readonly isTraining: boolean;
  /** Until the round's work is delivered, as far as can be told. */
  readonly roundEndsInMs: number;
}

/** Before anybody has looked. */
export const NOTHING_KNOWN: DutySignals = {
  inputIdleMs: UNKNOWN,
  isLocked: UNKNOWN,
  supply: UNKNOWN,
  apps: UNKNOWN,
  gpus: [],
  isMetered: UNKNOWN,
  disk: UNKNOWN,
  month: UNKNOWN,
  rates: UNKNOWN,
  progress: UNKNOWN,
};
