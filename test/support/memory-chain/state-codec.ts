import { domainHash } from '#protocol/hash.ts';
import { toHex } from '#protocol/bytes.ts';
import { encodeCbor } from '#protocol/envelope.ts';
import type { ChainState } from './state.ts';

/** What a block's header says about the state after it: another state has another root. */
export const stateRootOf = (state: ChainState): string =>
  toHex(domainHash('millrace/memory-chain-state/1', encodeCbor(plain(state))));

/** Amounts as decimal strings, maps as lists of pairs. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  if (value instanceof Map) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}
