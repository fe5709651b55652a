import type { Alpha, Rao } from '#protocol/units.ts';

/** Stake of one coldkey is told apart by where it lies. Addresses are as a person gave them, not yet checked. */
export interface Place {
  readonly hotkey: string;
  readonly netuid: number;
}

/** All that is there when the block comes, with what was earned meanwhile. */
export const EVERYTHING = 'everything';
export type AlphaOrAll = Alpha | typeof EVERYTHING;

export interface StakeOrder extends Place {
  readonly kind: 'stake';
  /** All that leaves the free balance but the transaction fee. */
  readonly amount: Rao;
}

export interface UnstakeOrder extends Place {
  readonly kind: 'unstake';
  readonly amount: AlphaOrAll;
}

/** To another hotkey, another subnet, or both; it stays the same coldkey's. */
export interface MoveOrder {
  readonly kind: 'move';
  readonly from: Place;
  readonly to: Place;
  readonly amount: AlphaOrAll;
}

/** Whether it stays with its hotkey: for that alone the chain has a call with a limit. */
export const isSwap = ({ from, to }: MoveOrder): boolean => from.hotkey === to.hotkey && from.netuid !== to.netuid;

/** Gives stake to another coldkey; it stays with the hotkey. */
export interface TransferStakeOrder extends Place {
  readonly kind: 'transfer-stake';
  readonly toNetuid: number;
  readonly toColdkey: string;
  readonly amount: AlphaOrAll;
}

export interface TransferOrder {
  readonly kind: 'transfer';
  readonly to: string;
  readonly amount: Rao;
}

/** Pays the price of a uid in a subnet. */
export interface RegisterOrder extends Place {
  readonly kind: 'register';
}

/** What an owner can tell the chain to do with money; the coldkey signs each. */
export type Order = StakeOrder | UnstakeOrder | MoveOrder | TransferStakeOrder | TransferOrder | RegisterOrder;

/** The subnets whose pools an order trades in: none for what stays where it is. */
export function tradedSubnets(order: Order): readonly number[] {
  switch (order.kind) {
    case 'stake':
    case 'unstake':
    case 'register':
      return [order.netuid];
    case 'move':
      return order.from.netuid === order.to.netuid ? [] : [order.from.netuid, order.to.netuid];
    case 'transfer-stake':
      return order.netuid === order.toNetuid ? [] : [order.netuid, order.toNetuid];
    case 'transfer':
      return [];
  }
}
