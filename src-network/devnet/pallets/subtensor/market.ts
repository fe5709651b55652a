import { alpha, rao } from '#protocol/units.ts';
import { type Pool, priceBits } from '../../pool/pool.ts';
import { feeFor, swapAlphaForTao, type SwapOptions, type SwapOutcome, swapTaoForAlpha } from '../../pool/swap.ts';
import { DispatchFailure } from '../../runtime/call-context.ts';
import type { State } from '../../runtime/state.ts';
import { feeRate, SWAP, swapBalancer } from '../swap/swap-storage.ts';
import { networksAdded, subnetAlphaIn, subnetMechanism, subnetTao } from './storage-subnet.ts';
import { SUBTENSOR } from './storage-item.ts';
import { ROOT } from './subnets.ts';

/** One trade with a subnet, in rao or alpha. The fee is in what is paid, on top of `paidIn`. */
export interface Trade {
  readonly paidIn: bigint;
  readonly paidOut: bigint;
  readonly fee: bigint;
}

/** Prices have 64 binary places. */
const ONE = 1n << 64n;
const RAO_PER_ALPHA_ONE = 1_000_000_000n;
const U64_MAX = (1n << 64n) - 1n;
/** Source: pallets/swap/src/pallet/swap_step.rs (MAX_SWAP_INPUT_RESERVE_MULTIPLIER). */
const MAX_INPUT_RESERVES = 1_000n;

/** Whether a subnet's alpha is traded in a pool; else, as on root, it is worth a rao each. */
export const hasPool = (state: State, netuid: number): boolean =>
  netuid !== ROOT && state.get(subnetMechanism, netuid) === 1;

export const poolOf = (state: State, netuid: number): Pool => ({
  tao: rao(state.get(subnetTao, netuid)),
  alpha: alpha(state.get(subnetAlphaIn, netuid)),
  quoteWeight: state.get(swapBalancer, netuid).quote,
  feeRate: state.get(feeRate, netuid),
});

/** TAO for one alpha, 1 without a pool. Source: pallets/swap/src/pallet/impls.rs (current_price). */
export const priceBitsOf = (state: State, netuid: number): bigint =>
  hasPool(state, netuid) ? priceBits(poolOf(state, netuid)) : ONE;

/** What buying alpha for so many rao would do; nothing of it is done. @throws DispatchFailure of Swap, or AmountTooLow */
export const simulateBuy = (state: State, netuid: number, amount: bigint, options?: SwapOptions): Trade =>
  isReal(state, netuid, amount)
    ? tradeOf(swapTaoForAlpha(poolOf(state, netuid), rao(amount), options))
    : oneToOne(state, netuid, amount);

/** What selling so much alpha would do. @throws DispatchFailure of Swap, or AmountTooLow */
export const simulateSell = (state: State, netuid: number, amount: bigint, options?: SwapOptions): Trade =>
  isReal(state, netuid, amount)
    ? tradeOf(swapAlphaForTao(poolOf(state, netuid), alpha(amount), options))
    : oneToOne(state, netuid, amount);

/** Largest input that the pool looks at; more is refused. */
export const mostRaoIn = (state: State, netuid: number): bigint => mostIn(state.get(subnetTao, netuid));
export const mostAlphaIn = (state: State, netuid: number): bigint => mostIn(state.get(subnetAlphaIn, netuid));

/**
 * Rao, fee included, that may be spent until the price of one alpha is at the limit (rao for one alpha). Source:
 * pallets/subtensor/src/staking/add_stake.rs (get_max_amount_add).
 * @throws DispatchFailure Swap.PriceLimitExceeded when it is there already
 */
export function mostBuyable(state: State, netuid: number, limitPriceRao: bigint): bigint {
  if (!hasPool(state, netuid)) return limitPriceRao >= RAO_PER_ALPHA_ONE ? U64_MAX : 0n;
  return most(swapTaoForAlpha(poolOf(state, netuid), rao(mostRaoIn(state, netuid)), { limitPriceRao }));
}

/** Alpha, fee included, that may be sold until the price is down at the limit. Source: remove_stake.rs (get_max_amount_remove). */
export function mostSellable(state: State, netuid: number, limitPriceRao: bigint): bigint {
  if (!hasPool(state, netuid)) return limitPriceRao <= RAO_PER_ALPHA_ONE ? U64_MAX : 0n;
  return most(swapAlphaForTao(poolOf(state, netuid), alpha(mostAlphaIn(state, netuid)), { limitPriceRao }));
}

/** What a trade of this amount costs. Source: pallets/swap/src/pallet/impls.rs (calculate_fee_amount). */
export const approximateFee = (state: State, netuid: number, amount: bigint): bigint =>
  hasPool(state, netuid) ? feeFor(poolOf(state, netuid), amount) : 0n;

/** A trade of nothing does nothing, which the pool itself would refuse. */
const isReal = (state: State, netuid: number, amount: bigint): boolean => amount > 0n && hasPool(state, netuid);

/** So that the reserve with it still fits a u64. */
const mostIn = (reserve: bigint): bigint => {
  const largest = reserve * MAX_INPUT_RESERVES;
  return largest > U64_MAX - reserve ? U64_MAX - reserve : largest;
};

/** Nothing when the limit is so near that nothing would be paid out. */
function most(outcome: SwapOutcome<bigint, bigint>): bigint {
  if (outcome.kind === 'refused' && outcome.reason === 'AmountTooLow') return 0n;
  const { paidIn, fee } = tradeOf(outcome);
  return paidIn + fee;
}

function oneToOne(state: State, netuid: number, amount: bigint): Trade {
  const traded = state.get(networksAdded, netuid) ? amount : 0n;
  return { paidIn: traded, paidOut: traded, fee: 0n };
}

function tradeOf(outcome: SwapOutcome<bigint, bigint>): Trade {
  if (outcome.kind === 'swapped') return outcome;
  // The pool refuses what pays nothing; the chain's pool says so itself, or its callers do.
  throw new DispatchFailure(outcome.reason === 'AmountTooLow' ? SUBTENSOR : SWAP, outcome.reason);
}
