import { DispatchFailure } from '../../runtime/call-context.ts';
import { freeBalance } from '../../runtime/money.ts';
import type { State } from '../../runtime/state.ts';
import { approximateFee, hasPool, mostAlphaIn, mostRaoIn, simulateBuy, simulateSell, type Trade } from './market.ts';
import { type LockView, requireUnlocked } from './locks.ts';
import { canAddStake, type Position, stakeOf } from './share-pool.ts';
import { SUBTENSOR } from './storage-item.ts';
import { owner } from './storage-stake.ts';
import { requireSubnet, requireTrading } from './subnets.ts';

/** 0.002 TAO (runtime/src/lib.rs: SubtensorInitialMinStake). */
export const MIN_STAKE_RAO = 2_000_000n;

export interface Order {
  readonly amount: bigint;
  /** What may be traded until the price is at the limit. */
  readonly most: bigint;
  readonly allowPartial: boolean;
}

/** The chain's checks, in its order: pallets/subtensor/src/staking/stake_utils.rs (validate_add_stake). @throws DispatchFailure */
export function validateAdding(state: State, position: Position, { amount, most, allowPartial }: Order): void {
  const { hotkey, coldkey, netuid } = position;
  requireSubnet(state, netuid);
  requireTrading(state, netuid);
  ensure(amount >= MIN_STAKE_RAO + approximateFee(state, netuid, MIN_STAKE_RAO), 'AmountTooLow');
  ensure(allowPartial || amount <= most, 'SlippageTooHigh');
  const possible = most < amount ? most : amount;
  ensure(possible <= freeBalance(state, coldkey), 'NotEnoughBalanceToStake');
  requireHotkey(state, hotkey);
  const trade = simulated(() => simulateBuy(state, netuid, possible));
  ensure(trade.paidIn >= MIN_STAKE_RAO, 'AmountTooLow');
  ensure(trade.paidOut > 0n && canAddStake(state, hotkey, netuid, trade.paidOut), 'InsufficientLiquidity');
}

/** As in validate_remove_stake. @throws DispatchFailure */
export function validateRemoving(view: LockView, position: Position, { amount, most, allowPartial }: Order): void {
  const { state } = view;
  const { hotkey, coldkey, netuid } = position;
  requireSubnet(state, netuid);
  ensure(amount > 0n, 'AmountTooLow');
  const left = stakeOf(state, position) - amount;
  ensure(left >= 0n, 'NotEnoughStakeToWithdraw');
  const trade = simulated(() => simulateSell(state, netuid, amount));
  ensure(left === 0n || trade.paidOut >= MIN_STAKE_RAO, 'AmountTooLow');
  ensure(allowPartial || amount <= most, 'SlippageTooHigh');
  requireHotkey(state, hotkey);
  requireUnlocked(view, coldkey, netuid, amount);
}

/** @throws DispatchFailure InsufficientLiquidity for more than the pool looks at (ensure_add_stake_input_within_swap_limit) */
export function requireFittingRao(state: State, netuid: number, amount: bigint): void {
  ensure(!hasPool(state, netuid) || amount <= mostRaoIn(state, netuid), 'InsufficientLiquidity');
}

export function requireFittingAlpha(state: State, netuid: number, amount: bigint): void {
  ensure(!hasPool(state, netuid) || amount <= mostAlphaIn(state, netuid), 'InsufficientLiquidity');
}

/** @throws DispatchFailure HotKeyAccountNotExists */
export const requireHotkey = (state: State, hotkey: Uint8Array): void =>
  ensure(state.find(owner, hotkey) !== undefined, 'HotKeyAccountNotExists');

/** @throws DispatchFailure of SubtensorModule */
export function ensure(holds: boolean, otherwise: string): void {
  if (!holds) throw new DispatchFailure(SUBTENSOR, otherwise);
}

/** A trade that is only looked at: whatever the pool has against it is `InsufficientLiquidity`. */
export function simulated(trade: () => Trade): Trade {
  try {
    return trade();
  } catch (error) {
    if (error instanceof DispatchFailure) throw new DispatchFailure(SUBTENSOR, 'InsufficientLiquidity');
    throw error;
  }
}
