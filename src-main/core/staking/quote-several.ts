import { type Rao, rao } from '#protocol/units.ts';
import type { AccountFacts } from './facts.ts';
import { type Order, tradedSubnets } from './orders.ts';
import type { Quote } from './quote.ts';
import { checkSpending } from './quote-checks.ts';
import { type OrderRefusal, refuse } from './refusals.ts';

export interface Quoted {
  readonly order: Order;
  readonly quote: Quote;
}

/**
 * Whether orders that were quoted one by one may go as one transaction, which does all of them or none: `null`, or why not. What
 * one receives is no other's to spend.
 * @param account with the fee of the transaction as a whole
 */
export function refuseTogether(all: readonly Quoted[], account: AccountFacts): OrderRefusal | null {
  const traded = all.flatMap(({ order }) => tradedSubnets(order));
  const twice = traded.find((netuid, i) => traded.indexOf(netuid) !== i);
  if (twice !== undefined) {
    return refuse(
      'together',
      `Two of these trade in subnet ${twice}: the first would move the price of the second. Send them one after the other.`,
    );
  }
  const places = all.flatMap(({ order }) => leftPlace(order) ?? []);
  if (new Set(places).size < places.length) {
    return refuse('together', 'Two of these take from the same stake. Send them one after the other.');
  }
  return checkSpending(account, sumOfTao(all));
}

/** A sum that does not fit is more than any account has. */
const sumOfTao = (all: readonly Quoted[]): Rao => {
  const sum = all.reduce((total, { quote: { pays } }) => (pays.unit === 'tao' ? total + pays.amount : total), 0n);
  return rao(sum > MOST ? MOST : sum);
};
const MOST = (1n << 64n) - 1n;

/** Where stake is taken from. */
function leftPlace(order: Order): string | null {
  switch (order.kind) {
    case 'unstake':
    case 'transfer-stake':
      return `${order.netuid} ${order.hotkey}`;
    case 'move':
      return `${order.from.netuid} ${order.from.hotkey}`;
    case 'stake':
    case 'transfer':
    case 'register':
      return null;
  }
}
