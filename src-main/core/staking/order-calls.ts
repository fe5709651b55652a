import type { ApiPromise } from '@polkadot/api';
import { ProtocolError } from '#protocol/errors.ts';
import { asExpected, batchBytes } from '#protocol/chain/subtensor/call-bytes.ts';
import { callOf } from '#protocol/chain/subtensor/items.ts';
import type { Submittable } from '#protocol/chain/subtensor/send-call.ts';
import { ALLOW_PARTIAL, orderBytes, wholeOf } from './order-bytes.ts';
import { EVERYTHING, isSwap, type Order } from './orders.ts';
import type { Quote } from './quote.ts';

/** An order and the quote that its owner has seen. */
export interface QuotedOrder {
  readonly order: Order;
  readonly quote: Pick<Quote, 'limit'>;
}

const PALLET = 'subtensorModule';

/**
 * The chain's call for an order, bounded by its quote's limit.
 * @throws MillraceError CHAIN_REFUSED when the chain has no such call; ProtocolError when what it has under this name is another one
 */
export function orderCall(api: ApiPromise, quoted: QuotedOrder): Submittable {
  return asExpected(namedCall(api, quoted), orderBytes(quoted.order, quoted.quote));
}

function namedCall(api: ApiPromise, { order, quote }: QuotedOrder): Submittable {
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
      if (isSwap(order)) {
        const rest = [from.netuid, to.netuid, wholeOf(amount), ratioLimit(quote), ALLOW_PARTIAL];
        return callOf(api, PALLET, 'swapStakeLimit')(from.hotkey, ...rest);
      }
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
  if (calls.length === 1) return only;
  const parts = orders.map(({ order, quote }) => orderBytes(order, quote));
  return asExpected(callOf(api, 'utility', 'batchAll')(calls), batchBytes(parts));
}

function priceLimit({ limit }: QuotedOrder['quote']): bigint {
  if (limit?.kind !== 'price') throw new ProtocolError('A trade needs a quote with a price limit');
  return limit.price;
}

function ratioLimit({ limit }: QuotedOrder['quote']): bigint {
  if (limit?.kind !== 'ratio') throw new ProtocolError('A swap needs a quote with a limit of its ratio');
  return limit.ratio;
}

function costLimit({ limit }: QuotedOrder['quote']): bigint {
  if (limit?.kind !== 'cost') throw new ProtocolError('A registration needs a quote with a limit of its cost');
  return limit.cost;
}
