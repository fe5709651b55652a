import type { AmountText, OrderInput, QuoteText } from '#protocol/contract/wallet.ts';
import { alpha, rao } from '#protocol/units.ts';
import { type AlphaOrAll, EVERYTHING, type Order } from '../staking/orders.ts';
import type { Amount, Quote } from '../staking/quote.ts';

/** Orders and quotes as they cross the contract, and back. */

/** @throws ProtocolError for an amount that does not fit the chain's u64 */
export function orderOf(input: OrderInput): Order {
  switch (input.kind) {
    case 'stake':
    case 'transfer':
      return { ...input, amount: rao(BigInt(input.amount)) };
    case 'unstake':
    case 'move':
    case 'transfer-stake':
      return { ...input, amount: alphaOrAll(input.amount) };
    case 'register':
      return input;
  }
}

const alphaOrAll = (amount: string): AlphaOrAll => (amount === EVERYTHING ? EVERYTHING : alpha(BigInt(amount)));

export const amountText = (amount: Amount): AmountText =>
  amount.unit === 'tao'
    ? { unit: 'tao', amount: amount.amount.toString() }
    : { unit: 'alpha', netuid: amount.netuid, amount: amount.amount.toString() };

const textOrNull = (amount: Amount | null): AmountText | null => (amount === null ? null : amountText(amount));

export const quoteText = (quote: Quote): QuoteText => ({
  block: quote.block,
  pays: amountText(quote.pays),
  receives: textOrNull(quote.receives),
  leastReceived: textOrNull(quote.leastReceived),
  prices: quote.prices.map(({ netuid, before, after }) => ({
    ...{ netuid, before: before.toString(), after: after.toString() },
  })),
  limit: limitText(quote.limit),
  tolerancePpm: quote.tolerancePpm,
  swapFee: textOrNull(quote.swapFee),
  transactionFeeRao: quote.transactionFee.toString(),
  slippagePpm: quote.slippagePpm,
  warnings: quote.warnings,
  notes: quote.notes,
});

function limitText(limit: Quote['limit']): QuoteText['limit'] {
  if (limit === null) return null;
  switch (limit.kind) {
    case 'price':
      return { kind: 'price', price: limit.price.toString() };
    case 'ratio':
      return { ...limit, ratio: limit.ratio.toString() };
    case 'cost':
      return { kind: 'cost', costRao: limit.cost.toString() };
  }
}
