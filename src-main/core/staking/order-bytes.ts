import { subtensorBytes, transferBytes, u16, u64 } from '#protocol/chain/subtensor/call-bytes.ts';
import { publicKeyOf } from '#protocol/keys.ts';
import { type AlphaOrAll, EVERYTHING, isSwap, type Order } from './orders.ts';
import type { Quote, QuoteLimit } from './quote.ts';

/** The chain takes no more than there is (pallets/subtensor/src/staking/move_stake.rs, transition_stake_internal). */
const MORE_THAN_THERE_IS = (1n << 64n) - 1n;
/** All or nothing: what a partial trade would leave over is no part of the quote. */
export const ALLOW_PARTIAL = false;
/** `Option::Some`. */
const SOME = 1;

/** What an order must look like when it is signed, whatever the node calls it. */
export function orderBytes(order: Order, { limit }: Pick<Quote, 'limit'>): Uint8Array {
  const bound = u64(boundOf(limit));
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
      const rest = [u16(from.netuid), u16(to.netuid), u64(wholeOf(order.amount))];
      return isSwap(order)
        ? subtensorBytes('swapStakeLimit', key(from.hotkey), ...rest, bound, partial)
        : subtensorBytes('moveStake', key(from.hotkey), key(to.hotkey), ...rest);
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

function boundOf(limit: QuoteLimit | null): bigint {
  switch (limit?.kind) {
    case undefined:
      return 0n;
    case 'price':
      return limit.price;
    case 'ratio':
      return limit.ratio;
    case 'cost':
      return limit.cost;
  }
}
