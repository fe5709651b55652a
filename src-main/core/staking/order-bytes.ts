import { subtensorBytes, transferBytes, u16, u64 } from '#protocol/chain/subtensor/call-bytes.ts';
import { publicKeyOf } from '#protocol/keys.ts';
import { type AlphaOrAll, EVERYTHING, type Order } from './orders.ts';
import type { Quote } from './quote.ts';

/** The chain takes no more than there is (pallets/subtensor/src/staking/move_stake.rs, transition_stake_internal). */
const MORE_THAN_THERE_IS = (1n << 64n) - 1n;
/** All or nothing: what a partial trade would leave over is no part of the quote. */
export const ALLOW_PARTIAL = false;
/** `Option::Some`. */
const SOME = 1;

/** What an order must look like when it is signed, whatever the node calls it. */
export function orderBytes(order: Order, { limit }: Pick<Quote, 'limit'>): Uint8Array {
  const bound = u64(limit === null ? 0n : limit.kind === 'price' ? limit.price : limit.cost);
  const partial = [Number(ALLOW_PARTIAL)];
  switch (order.kind) {
    case 'stake':
      return subtensorBytes('addStakeLimit', key(order.hotkey), u16(order.netuid), u64(order.amount), bound, partial);
    case 'unstake': {
      const place = [key(order.hotkey), u16(order.netuid)];
      return order.amount === EVERYTHING
        ? subtensorBytes('removeStakeFullLimit', ...place, [SOME], bound)
        : subtensorBytes('removeStakeLimit', ...place, u64(order.amount), bound, partial);
    }
    case 'move': {
      const { from, to } = order;
      const netuids = [u16(from.netuid), u16(to.netuid)];
      return subtensorBytes('moveStake', key(from.hotkey), key(to.hotkey), ...netuids, u64(wholeOf(order.amount)));
    }
    case 'transfer-stake': {
      const keys = [key(order.toColdkey), key(order.hotkey)];
      const netuids = [u16(order.netuid), u16(order.toNetuid)];
      return subtensorBytes('transferStake', ...keys, ...netuids, u64(wholeOf(order.amount)));
    }
    case 'transfer':
      return transferBytes(order.to, order.amount);
    case 'register':
      return subtensorBytes('registerLimit', u16(order.netuid), key(order.hotkey), bound);
  }
}

export const wholeOf = (amount: AlphaOrAll): bigint => (amount === EVERYTHING ? MORE_THAN_THERE_IS : amount);

const key = publicKeyOf;
