import type { ApiPromise } from '@polkadot/api';
import { FINNEY_GENESIS } from '../genesis.ts';
import { readInfo } from './read-blocks.ts';

/** Blocks in which a transaction may be included; then it is void, and may be sent anew without being paid twice. */
export const LIFETIME_BLOCKS = 64;

/** Runtime/src/lib.rs of Subtensor, MILLISECS_PER_BLOCK. Where money is real no node may call it less. */
const FINNEY_BLOCK_MS = 12_000;

/** A transaction that was signed, and may be in a block some time until its life ends. */
export interface SentCall {
  /** With `0x`. */
  readonly hash: string;
  /** It is in no block up to this one. */
  readonly afterBlock: number;
  /** By this machine's clock, after that block and before the signature. */
  readonly begunAtMs: number;
}

/** The last block that may have it. */
export const lastBlockOf = ({ afterBlock }: Pick<SentCall, 'afterBlock'>): number => afterBlock + LIFETIME_BLOCKS;

/**
 * Whether its life is over by this machine's clock, as long as blocks take. A node that lies about what is final could else have a
 * transaction called void which another node still puts into a block.
 */
export function isOverByClock(api: ApiPromise, { begunAtMs }: SentCall, nowMs: number): boolean {
  const { genesisHash, blockMs } = readInfo(api);
  const leastMs = genesisHash === FINNEY_GENESIS ? FINNEY_BLOCK_MS : 0;
  return nowMs - begunAtMs >= LIFETIME_BLOCKS * Math.max(blockMs, leastMs);
}
