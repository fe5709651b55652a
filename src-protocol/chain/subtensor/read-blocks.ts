import type { ApiPromise } from '@polkadot/api';
import type { Header } from '@polkadot/types/interfaces';
import * as v from 'valibot';
import { fromHex } from '../../bytes.ts';
import { check } from '../../envelope.ts';
import { errorMessage, ProtocolError } from '../../errors.ts';
import type { BlockHeader, ChainInfo } from '../chain-client.ts';
import { hash } from './json-values.ts';
import { count } from '../wire-values.ts';
import { type Raw, storage } from './items.ts';

/** No `Date` is later. */
const LAST_MS = 8_640_000_000_000_000n;
const NO_BLOCK = '0'.repeat(64);
/** What a node says of state that it no longer has. */
export const FORGOTTEN = /discarded|unknown block|not found|pruned/i;

const headerSchema = v.object({ number: count });

export function readInfo(api: ApiPromise): ChainInfo {
  const minimumPeriodMs = check(count, api.consts['timestamp']?.['minimumPeriod']?.toJSON(), 'Timestamp.MinimumPeriod');
  return {
    genesisHash: api.genesisHash.toHex().slice(2),
    name: api.runtimeChain.toString().slice(0, 100),
    // As in Substrate: a block's time is at least half of a slot after the one before.
    blockMs: 2 * minimumPeriodMs,
    tokenSymbol: api.registry.chainTokens[0] ?? 'TAO',
  };
}

/** @param blockHash with `0x` */
export async function readHeader(api: ApiPromise, blockHash: string, number?: number): Promise<BlockHeader> {
  const [header, timestampMs] = await Promise.all([
    number === undefined ? api.rpc.chain.getHeader(blockHash).then((found) => found.toJSON()) : { number },
    readTime(api, blockHash),
  ]);
  return { ...check(headerSchema, header, 'Header'), hash: check(hash, blockHash, 'Block hash'), timestampMs };
}

/** @throws ProtocolError when the node's header of it is another block's, or it is not on the node's own chain */
export async function readFinalized(api: ApiPromise): Promise<number> {
  const hash = await api.rpc.chain.getFinalizedHead();
  const header = await api.rpc.chain.getHeader(hash);
  const number = header.number.toNumber();
  requireHeader(header, hash.toHex(), number);
  const own = await api.rpc.chain.getBlockHash(number);
  if (!own.eq(hash)) throw new ProtocolError(`The chain’s final block ${number} is not on it`);
  return number;
}

/** A node may name any number: the header of the block must have it, and the hash that it was asked by. */
export function requireHeader(header: Header, hash: string, number: number): void {
  if (header.hash.toHex() === hash && header.number.toNumber() === number) return;
  throw new ProtocolError(`The chain shows another block than ${number} (${hash.slice(0, 10)})`);
}

/** `null` when the chain has no such block, or has forgotten its state. */
export async function readBlock(api: ApiPromise, number: number): Promise<BlockHeader | null> {
  const blockHash = check(hash, (await api.rpc.chain.getBlockHash(number)).toHex(), 'Block hash');
  if (blockHash === NO_BLOCK) return null;
  try {
    return await readHeader(api, `0x${blockHash}`, number);
  } catch (error) {
    if (FORGOTTEN.test(errorMessage(error))) return null;
    throw error;
  }
}

/** A number of 8 bytes in storage, in hex; `null` before the first. */
const timeSchema = v.nullable(v.pipe(v.string(), v.regex(/^0x[\da-f]{16}$/)));

async function readTime(api: ApiPromise, blockHash: string): Promise<number> {
  // Neither through `api.at` nor decoded by the library, which asks for the block's header and runtime first: this has the same form
  // in every version, and everyone reads it at every block.
  const key = storage(api, 'timestamp', 'now').key();
  const found = await (api.rpc.state.getStorage as unknown as Raw).raw(key, blockHash);
  const bytes = check(timeSchema, found, 'Time of a block');
  if (bytes === null) return 0; // the first block has none
  const timeMs = new DataView(fromHex(bytes.slice(2)).buffer).getBigUint64(0, true);
  if (timeMs > LAST_MS) throw new ProtocolError(`The chain says that a block was made at ${timeMs} ms`);
  return Number(timeMs);
}
