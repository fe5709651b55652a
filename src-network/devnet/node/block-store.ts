import type { Changes } from '../runtime/state.ts';
import type { Block } from './block.ts';
import type { StateVersion } from './state-history.ts';

/** A chain as it was when its newest block was stored. */
export interface StoredChain {
  readonly genesisHash: string;
  /** The newest, ascending; at least one. */
  readonly blocks: readonly Block[];
  /** Values that the state had after the oldest block that it can be read at, and since; ascending by block. */
  readonly versions: Iterable<StateVersion>;
  /** The first block after which the state can be read. */
  readonly oldestState: number;
}

/** Where blocks go before anyone hears of them. */
export interface BlockStore {
  /**
   * `null`: nothing is stored yet, not even a genesis.
   * @param newest blocks wanted at most
   * @throws Error when what is stored is damaged
   */
  load(newest: number): StoredChain | null;
  /**
   * All of the block or nothing of it, on disk when this returns.
   * @param oldestState after this block the state must stay readable, older values may go
   * @throws MillraceError DATABASE
   */
  append(block: Block, changes: Changes, oldestState: number): void;
  /** Of any age; `null` when there is none. */
  blockAt(number: number): Block | null;
  blockOf(hash: string): Block | null;
}
