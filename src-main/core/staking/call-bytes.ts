import { compactToU8a } from '@polkadot/util';
import { concatBytes } from '#protocol/bytes.ts';
import { publicKeyOf } from '#protocol/keys.ts';
import { type AlphaOrAll, EVERYTHING, type Order } from './orders.ts';
import type { Quote } from './quote.ts';

/** The chain takes no more than there is (pallets/subtensor/src/staking/move_stake.rs, transition_stake_internal). */
const MORE_THAN_THERE_IS = (1n << 64n) - 1n;
/** All or nothing: what a partial trade would leave over is no part of the quote. */
export const ALLOW_PARTIAL = false;

/** Numbers of pallets (runtime/src/lib.rs, construct_runtime) and of their calls; a chain that changed one would break every wallet. */
const BALANCES = 5;
const SUBTENSOR = 7;
const UTILITY = 11;
const CALLS = {
  ...{ addStakeLimit: 88, removeStakeLimit: 89, removeStakeFullLimit: 103, moveStake: 85, transferStake: 86 },
  ...{ registerLimit: 134, transferKeepAlive: 3, batchAll: 2 },
} as const;
/** `MultiAddress::Id` and `Option::Some`. */
const [ID, SOME] = [0, 1];

/**
 * What an order must look like when it is signed, made without the chain's metadata: a node that lies there could give the name of
 * one call to the number of another, and a signature for staking would send everything away.
 */
export function orderBytes(order: Order, { limit }: Pick<Quote, 'limit'>): Uint8Array {
  const bound = limit === null ? 0n : limit.kind === 'price' ? limit.price : limit.cost;
  switch (order.kind) {
    case 'stake':
      return subtensor('addStakeLimit', place(order), u64(order.amount), u64(bound), flag(ALLOW_PARTIAL));
    case 'unstake':
      return order.amount === EVERYTHING
        ? subtensor('removeStakeFullLimit', place(order), [SOME], u64(bound))
        : subtensor('removeStakeLimit', place(order), u64(order.amount), u64(bound), flag(ALLOW_PARTIAL));
    case 'move': {
      const hotkeys = [key(order.from.hotkey), key(order.to.hotkey)];
      return subtensor(
        ...['moveStake' as const, ...hotkeys],
        ...[u16(order.from.netuid), u16(order.to.netuid), u64(wholeOf(order.amount))],
      );
    }
    case 'transfer-stake': {
      const keys = [key(order.toColdkey), key(order.hotkey)];
      return subtensor(
        ...['transferStake' as const, ...keys],
        ...[u16(order.netuid), u16(order.toNetuid), u64(wholeOf(order.amount))],
      );
    }
    case 'transfer':
      return bytes([BALANCES, CALLS.transferKeepAlive, ID], key(order.to), compactToU8a(order.amount));
    case 'register':
      return subtensor('registerLimit', u16(order.netuid), key(order.hotkey), u64(bound));
  }
}

/** Several in one transaction. */
export const batchBytes = (calls: readonly Uint8Array[]): Uint8Array =>
  bytes([UTILITY, CALLS.batchAll], compactToU8a(calls.length), ...calls);

export const wholeOf = (amount: AlphaOrAll): bigint => (amount === EVERYTHING ? MORE_THAN_THERE_IS : amount);

const bytes = (...parts: readonly ArrayLike<number>[]): Uint8Array =>
  concatBytes(...parts.map((part) => Uint8Array.from(part)));
const subtensor = (call: keyof typeof CALLS, ...parts: readonly ArrayLike<number>[]): Uint8Array =>
  bytes([SUBTENSOR, CALLS[call]], ...parts);

const key = publicKeyOf;
const place = ({ hotkey, netuid }: { readonly hotkey: string; readonly netuid: number }): Uint8Array =>
  bytes(key(hotkey), u16(netuid));
const flag = (value: boolean): readonly number[] => [value ? 1 : 0];

function u16(value: number): Uint8Array {
  const out = new Uint8Array(2);
  new DataView(out.buffer).setUint16(0, value, true);
  return out;
}

function u64(value: bigint): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, value, true);
  return out;
}
