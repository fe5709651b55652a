import type { CallContext } from '../../runtime/call-context.ts';
import { type StorageItem } from '../../metadata/pallet.ts';
import type { State } from '../../runtime/state.ts';
import { simulateBuy, simulateSell, type Trade } from './market.ts';
import { totalStake } from './storage-stake.ts';
import { subnetAlphaIn, subnetAlphaOut, subnetTao, subnetVolume } from './storage-subnet.ts';

export interface TradeOptions {
  /** Bounds the final price of one alpha, in rao. */
  readonly limitPriceRao?: bigint;
  readonly withoutFee?: boolean;
}

/**
 * Buys alpha from the subnet and keeps its books; whose TAO and alpha these are is the caller's matter. `TotalStake` grows
 * by all that was to be spent, also when the limit left some of it over, as on the chain. Source:
 * pallets/subtensor/src/staking/stake_utils.rs (swap_tao_for_alpha).
 */
export function buyAlpha(
  { state }: Pick<CallContext, 'state'>,
  netuid: number,
  tao: bigint,
  options: TradeOptions,
): Trade {
  const trade = simulateBuy(state, netuid, tao, options);
  change(state, subnetAlphaIn, netuid, -trade.paidOut);
  change(state, subnetAlphaOut, netuid, trade.paidOut);
  change(state, subnetTao, netuid, trade.paidIn);
  change(state, subnetVolume, netuid, tao);
  state.set(totalStake, state.get(totalStake) + tao);
  return trade;
}

/** Sells alpha to the subnet. Source: stake_utils.rs (swap_alpha_for_tao). */
export function sellAlpha(
  { state }: Pick<CallContext, 'state'>,
  netuid: number,
  amount: bigint,
  options: TradeOptions,
): Trade {
  const trade = simulateSell(state, netuid, amount, options);
  change(state, subnetAlphaIn, netuid, trade.paidIn);
  change(state, subnetAlphaOut, netuid, -trade.paidIn);
  change(state, subnetTao, netuid, -trade.paidOut);
  change(state, subnetVolume, netuid, trade.paidOut);
  state.set(totalStake, atLeast0(state.get(totalStake) - trade.paidOut));
  return trade;
}

function change(state: State, item: StorageItem<[number], bigint>, netuid: number, by: bigint): void {
  state.set(item, netuid, atLeast0(state.get(item, netuid) + by));
}

const atLeast0 = (x: bigint): bigint => (x < 0n ? 0n : x);
