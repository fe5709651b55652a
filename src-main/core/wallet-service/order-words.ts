import { exactAlpha, exactPrice, exactRatio, exactTao, formatPercent } from '../staking/amounts.ts';
import type { Order } from '../staking/orders.ts';
import type { Amount, Quote, QuoteLimit } from '../staking/quote.ts';

/** An order in words, for whoever is to sign it. */
export interface ShownOrder {
  /** `Stake 5 TAO in subnet 1`. */
  readonly title: string;
  readonly lines: readonly { readonly label: string; readonly value: string }[];
}

export function describeOrder({ order, quote }: { readonly order: Order; readonly quote: Quote }): ShownOrder {
  const lines = [
    ...placeLines(order),
    { label: 'Pays', value: amountWords(quote.pays) },
    ...(quote.receives === null ? [] : [{ label: 'Receives, at this price', value: amountWords(quote.receives) }]),
    ...(quote.leastReceived === null ? [] : [{ label: 'Receives at least', value: amountWords(quote.leastReceived) }]),
    ...limitLines(quote.limit),
    { label: 'Transaction fee', value: `${exactTao(quote.transactionFee)} TAO` },
    ...(quote.slippagePpm === 0 ? [] : [{ label: 'Lost by the trade', value: formatPercent(quote.slippagePpm) }]),
    ...quote.warnings.map(({ message }) => ({ label: 'Warning', value: message })),
  ];
  return { title: titleOf(order, quote), lines };
}

const amountWords = (amount: Amount): string =>
  amount.unit === 'tao'
    ? `${exactTao(amount.amount)} TAO`
    : `${exactAlpha(amount.amount)} alpha of subnet ${amount.netuid}`;

function titleOf(order: Order, { pays }: Quote): string {
  const amount = amountWords(pays);
  switch (order.kind) {
    case 'stake':
      return `Stake ${amount} in subnet ${order.netuid}`;
    case 'unstake':
      return `Unstake ${amount}`;
    case 'move':
      return order.from.netuid === order.to.netuid
        ? `Move ${amount} to another hotkey`
        : `Move ${amount} to subnet ${order.to.netuid}`;
    case 'transfer-stake':
      return `Give ${amount} to another coldkey`;
    case 'transfer':
      return `Send ${amount}`;
    case 'register':
      return `Register a hotkey in subnet ${order.netuid} for ${amount}`;
  }
}

function placeLines(order: Order): ShownOrder['lines'] {
  switch (order.kind) {
    case 'stake':
    case 'unstake':
    case 'register':
      return [{ label: 'Hotkey', value: order.hotkey }];
    case 'move':
      return [
        { label: 'From hotkey', value: order.from.hotkey },
        { label: 'To hotkey', value: order.to.hotkey },
      ];
    case 'transfer-stake':
      return [
        { label: 'To coldkey', value: order.toColdkey },
        { label: 'Hotkey', value: order.hotkey },
      ];
    case 'transfer':
      return [{ label: 'To', value: order.to }];
  }
}

/** `0.0995 TAO for one alpha`, `0.995 alpha of subnet 2 for one of subnet 1`. */
export function limitWords(limit: QuoteLimit): string {
  switch (limit.kind) {
    case 'price':
      return `${exactPrice(limit.price)} TAO for one alpha`;
    case 'ratio':
      return `${exactRatio(limit.ratio)} alpha of subnet ${limit.to} for one of subnet ${limit.from}`;
    case 'cost':
      return `${exactTao(limit.cost)} TAO`;
  }
}

function limitLines(limit: Quote['limit']): ShownOrder['lines'] {
  if (limit === null) return [];
  const label = limit.kind === 'cost' ? 'Costs at most' : 'Price limit';
  return [{ label, value: limitWords(limit) }];
}
