import { fromHex, toHex } from '#protocol/bytes.ts';
import { storageKey } from '../../runtime/storage-key.ts';
import { lockOf, type LockView } from './locks.ts';
import { lockingColdkeys } from './storage-lock.ts';

const ACCOUNT_HEX = 64;
const HASH_HEX = 32;

/**
 * How much those who lock stake to hotkeys believe in them, times 2^64, by hotkey in hex. The chain keeps a sum for each
 * hotkey and lets that decay; here the sum is taken of the locks. Source: pallets/subtensor/src/staking/lock.rs.
 */
function convictions(view: LockView, netuid: number): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  const prefix = storageKey(lockingColdkeys, [netuid]);
  for (const key of view.state.keys(prefix)) {
    const hotkey = key.slice(prefix.length + HASH_HEX, prefix.length + HASH_HEX + ACCOUNT_HEX);
    const held = lockOf(view, fromHex(key.slice(-ACCOUNT_HEX)), netuid);
    sums.set(hotkey, (sums.get(hotkey) ?? 0n) + (held?.lock.conviction.bits ?? 0n));
  }
  return sums;
}

export const convictionOf = (view: LockView, hotkey: Uint8Array, netuid: number): bigint =>
  convictions(view, netuid).get(toHex(hotkey)) ?? 0n;

/** Of equals the one with the largest key. */
export function mostConvicted(view: LockView, netuid: number): Uint8Array | undefined {
  const [first] = [...convictions(view, netuid)].toSorted(([a, left], [b, right]) => {
    if (left !== right) return left > right ? -1 : 1;
    return a > b ? -1 : 1;
  });
  return first && fromHex(first[0]);
}
