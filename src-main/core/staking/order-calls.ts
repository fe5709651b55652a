import type { ApiPromise } from '@polkadot/api';
import { ProtocolError } from '#protocol/errors.ts';
import { callOf } from '#protocol/chain/subtensor/items.ts';
import type { Submittable } from '#protocol/chain/subtensor/send-call.ts';
import { type AlphaOrAll, EVERYTHING, type Order } from './orders.ts';
import type { Quote } from './quote.ts';

/** An order and the quote that its owner has seen. */
export interface QuotedOrder {
  readonly order: Order;
  readonly quote: Pick<Quote, 'limit'>;
}

const PALLET = 'subtensorModule';
/** The chain takes no more than there is (pallets/subtensor/src/staking/move_stake.rs, transition_stake_internal). */
const MORE_THAN_THERE_IS = (1n << 64n) - 1n;
/** All or nothing: what a partial trade would leave over is no part of the quote. */
const ALLOW_PARTIAL = false;

/** The chain's call for an order, bounded by its quote's limit. @throws MillraceError CHAIN_REFUSED when the chain has no such call */
export function orderCall(api: ApiPromise, { order, quote }: QuotedOrder): Submittable {
  switch (order.kind) {
    case 'stake': {
      const { hotkey, netuid, amount } = order;
      return callOf(api, PALLET, 'addStakeLimit')(hotkey, netuid, amount, priceLimit(quote), ALLOW_PARTIAL);
    }
    case 'unstake': {
      const { hotkey, netuid, amount } = order;
      return amount === EVERYTHING
        ? callOf(api, PALLET, 'removeStakeFullLimit')(hotkey, netuid, priceLimit(quote))
        : callOf(api, PALLET, 'removeStakeLimit')(hotkey, netuid, amount, priceLimit(quote), ALLOW_PARTIAL);
    }
    case 'move': {
      const { from, to, amount } = order;
      return callOf(api, PALLET, 'moveStake')(from.hotkey, to.hotkey, from.netuid, to.netuid, wholeOf(amount));
    }
    case 'transfer-stake': {
      const { toColdkey, hotkey, netuid, toNetuid, amount } = order;
      return callOf(api, PALLET, 'transferStake')(toColdkey, hotkey, netuid, toNetuid, wholeOf(amount));
    }
    case 'transfer':
      return callOf(api, 'balances', 'transferKeepAlive')(order.to, order.amount);
    case 'register':
      return callOf(api, PALLET, 'registerLimit')(order.netuid, order.hotkey, costLimit(quote));
  }
}

/** Several in one transaction, of which all are done or none. @throws ProtocolError without an order */
export function ordersCall(api: ApiPromise, orders: readonly QuotedOrder[]): Submittable {
  const calls = orders.map((each) => orderCall(api, each));
  const [only] = calls;
  if (only === undefined) throw new ProtocolError('There is no order to send');
  return calls.length === 1 ? only : callOf(api, 'utility', 'batchAll')(calls);
}

const wholeOf = (amount: AlphaOrAll): bigint => (amount === EVERYTHING ? MORE_THAN_THERE_IS : amount);

function priceLimit({ limit }: QuotedOrder['quote']): bigint {
  if (limit?.kind !== 'price') throw new ProtocolError('A trade needs a quote with a price limit');
  return limit.price;
}

function costLimit({ limit }: QuotedOrder['quote']): bigint {
  if (limit?.kind !== 'cost') throw new ProtocolError('A registration needs a quote with a limit of its cost');
  return limit.cost;
}
