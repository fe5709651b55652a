import { assertNever } from '#protocol/assert-never.ts';
import type { AmountText, OrderInput, OrderRecord, OrderStatus } from '#protocol/contract/wallet.ts';
import { amountWords } from '../../format/amounts.ts';
import { shortAddress } from '../../format/address.ts';

/** An order in one line: `Stake 5 TAO in subnet 3`. */
export function orderTitle(order: OrderInput, pays: AmountText): string {
  const amount = amountWords(pays);
  switch (order.kind) {
    case 'stake':
      return `Stake ${amount} in subnet ${order.netuid.toString()}`;
    case 'unstake':
      return `Unstake ${amount}`;
    case 'move':
      return order.from.netuid === order.to.netuid
        ? `Move ${amount} to another hotkey`
        : `Move ${amount} to subnet ${order.to.netuid.toString()}`;
    case 'transfer-stake':
      return `Send ${amount} as stake`;
    case 'transfer':
      return `Send ${amount}`;
    case 'register':
      return `Register a hotkey in subnet ${order.netuid.toString()} for ${amount}`;
    default:
      return assertNever(order, 'order');
  }
}

/** Whom an order concerns. */
export function counterparty(order: OrderInput): { readonly label: string; readonly address: string } {
  switch (order.kind) {
    case 'stake':
      return { label: 'With hotkey', address: order.hotkey };
    case 'unstake':
      return { label: 'From hotkey', address: order.hotkey };
    case 'register':
      return { label: 'Hotkey', address: order.hotkey };
    case 'move':
      return { label: 'To hotkey', address: order.to.hotkey };
    case 'transfer-stake':
      return { label: 'To', address: order.toColdkey };
    case 'transfer':
      return { label: 'To', address: order.to };
    default:
      return assertNever(order, 'order');
  }
}

interface StatusWords {
  readonly tone: 'plain' | 'accent' | 'good' | 'warn' | 'bad';
  readonly label: string;
  /** Why, and what to do; `null` when there is nothing to say. */
  readonly detail: string | null;
}

const block = (number: number): string => number.toLocaleString('en');

export function statusWords(status: OrderStatus): StatusWords {
  switch (status.kind) {
    case 'signing':
      return { tone: 'accent', label: 'Waiting for you to sign', detail: null };
    case 'pending':
      return { tone: 'accent', label: 'Sent', detail: 'On its way; in no block yet.' };
    case 'in-block':
      return { tone: 'accent', label: `In block ${block(status.block)}`, detail: 'Final in a few seconds.' };
    case 'finalized':
      return { tone: 'good', label: 'Done', detail: `Final in block ${block(status.block)}.` };
    case 'refused':
      return {
        tone: 'bad',
        label: 'Refused by the chain',
        detail: `${status.message} ${status.block === null ? 'Nothing was paid.' : 'Only the transaction fee was paid.'}`,
      };
    case 'not-sent':
      return { tone: 'warn', label: 'Not sent', detail: status.message };
    case 'unknown':
      return { tone: 'warn', label: 'Outcome not known', detail: status.message };
    default:
      return assertNever(status, 'order status');
  }
}

export const isOver = ({ status }: OrderRecord): boolean => !['signing', 'pending', 'in-block'].includes(status.kind);

/** How far an order is on its way, for a track of four; an order that ended badly stays where it was. */
export function reachedSteps(status: OrderStatus): number {
  switch (status.kind) {
    case 'signing':
    case 'not-sent':
      return 0;
    case 'pending':
    case 'unknown':
      return 2;
    case 'refused':
      return status.block === null ? 2 : 3;
    case 'in-block':
      return 3;
    case 'finalized':
      return 4;
    default:
      return assertNever(status, 'order status');
  }
}

export const counterpartyText = (order: OrderInput, nameOf: (address: string) => string | null): string => {
  const { label, address } = counterparty(order);
  return `${label} ${nameOf(address) ?? shortAddress(address)}`;
};
