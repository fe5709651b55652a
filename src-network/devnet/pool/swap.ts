import { addAlpha, addRao, type Alpha, alpha, type Rao, rao, RAO_PER_TAO } from '#protocol/units.ts';
import { amountToRate, compareRates, type Curve, payout, type Rate, rateOf } from './curve.ts';
import { baseWeight, type Pool } from './pool.ts';

/** A pool that holds less of what it should pay out does not trade. */
const MIN_RESERVE = 1_000_000n;
/** No trade may be larger than so many times what the pool holds of the token that is paid in. */
const MAX_INPUT_RESERVES = 1_000n;
/** Nor so large that the pool's holding would not fit into a u64. */
const MAX_RESERVE = (1n << 64n) - 1n;
const U16_MAX = 65_535n;
const FEE_PLACES = 64n;

/** Prices at which a trade without a limit stops, in rao for one alpha. */
const MIN_PRICE_RAO = 1_000n;
const MAX_PRICE_RAO = 1_000_000_000_000_000n;

export interface SwapOptions {
  /** Bounds the final marginal price, in rao for one alpha; the average is better. */
  readonly limitPriceRao?: bigint;
  /** What happens when the limit comes before the amount is used up: trade as much as fits (the default), or refuse. */
  readonly allowPartial?: boolean;
  /** As for the chain's own trades. */
  readonly withoutFee?: boolean;
}

/** Names as on Subtensor. */
type SwapRefusal =
  | 'ReservesTooLow'
  | 'PriceLimitExceeded'
  | 'SwapInputTooLarge'
  | 'SlippageTooHigh' // the limit came first, and the trade was all or nothing
  | 'AmountTooLow'; // nothing would be paid out

/** `paidIn` goes into the pool; `fee`, in the same token, does not: it is for the maker of the block. The rest was not used. */
export type SwapOutcome<In, Out> =
  | { readonly kind: 'swapped'; readonly pool: Pool; readonly paidIn: In; readonly fee: In; readonly paidOut: Out }
  | { readonly kind: 'refused'; readonly reason: SwapRefusal };

/** Buys alpha: the price rises, and ends at most at the limit. */
export function swapTaoForAlpha(pool: Pool, amount: Rao, options: SwapOptions = {}): SwapOutcome<Rao, Alpha> {
  const curve: Curve = {
    reserveIn: pool.tao,
    reserveOut: pool.alpha,
    weightIn: pool.quoteWeight,
    weightOut: baseWeight(pool),
  };
  const limit: Rate = { numerator: options.limitPriceRao ?? MAX_PRICE_RAO, denominator: RAO_PER_TAO };
  const trade = tradeAlong(curve, amount, limit, pool.feeRate, options);
  if (typeof trade === 'string') return { kind: 'refused', reason: trade };
  const paidIn = rao(trade.paidIn);
  const next = { ...pool, tao: addRao(pool.tao, paidIn), alpha: alpha(pool.alpha - trade.paidOut) };
  return { kind: 'swapped', pool: next, paidIn, fee: rao(trade.fee), paidOut: alpha(trade.paidOut) };
}

/** Sells alpha: the price falls, and ends at least at the limit. */
export function swapAlphaForTao(pool: Pool, amount: Alpha, options: SwapOptions = {}): SwapOutcome<Alpha, Rao> {
  const curve: Curve = {
    reserveIn: pool.alpha,
    reserveOut: pool.tao,
    weightIn: baseWeight(pool),
    weightOut: pool.quoteWeight,
  };
  const limit: Rate = { numerator: RAO_PER_TAO, denominator: options.limitPriceRao ?? MIN_PRICE_RAO };
  const trade = tradeAlong(curve, amount, limit, pool.feeRate, options);
  if (typeof trade === 'string') return { kind: 'refused', reason: trade };
  const paidIn = alpha(trade.paidIn);
  const next = { ...pool, alpha: addAlpha(pool.alpha, paidIn), tao: rao(pool.tao - trade.paidOut) };
  return { kind: 'swapped', pool: next, paidIn, fee: alpha(trade.fee), paidOut: rao(trade.paidOut) };
}

interface Trade {
  readonly paidIn: bigint;
  readonly fee: bigint;
  readonly paidOut: bigint;
}

/**
 * One trade: the fee comes off the amount first; if the rest would move the rate beyond the limit, only as much is traded
 * as brings it there, with a fee on top in the same proportion. Source: pallets/swap/src/pallet/swap_step.rs and impls.rs
 * (do_swap, swap_inner); all or nothing: pallets/subtensor/src/staking/add_stake.rs (do_add_stake_limit). The chain compares
 * prices of 64 binary places, this compares fractions; and it refuses what would pay nothing, which the chain's callers do.
 */
function tradeAlong(
  curve: Curve,
  amount: bigint,
  limit: Rate,
  feeRate: number,
  { allowPartial = true, withoutFee = false }: SwapOptions,
): Trade | SwapRefusal {
  const rate = withoutFee ? 0n : BigInt(feeRate);
  const fee = feeOf(amount, rate, U16_MAX);
  const whole = amount - fee;
  if (whole > curve.reserveIn * MAX_INPUT_RESERVES || curve.reserveIn + whole > MAX_RESERVE) return 'SwapInputTooLarge';
  if (curve.reserveOut < MIN_RESERVE) return 'ReservesTooLow';
  if (compareRates(rateOf(curve), limit) >= 0) return 'PriceLimitExceeded';

  const out = payout(curve, whole);
  if (compareRates(rateOf(afterwards(curve, whole, out)), limit) <= 0) {
    return out === 0n ? 'AmountTooLow' : { paidIn: whole, fee, paidOut: out };
  }
  if (!allowPartial) return 'SlippageTooHigh';
  const part = amountToRate(curve, limit);
  const partOut = payout(curve, part);
  return partOut === 0n ? 'AmountTooLow' : { paidIn: part, fee: feeOf(part, rate, U16_MAX - rate), paidOut: partOut };
}

/** What a trade of this amount costs, if no limit comes first. */
export const feeFor = ({ feeRate }: Pool, amount: bigint): bigint => feeOf(amount, BigInt(feeRate), U16_MAX);

/** Rounded down twice, as on the chain: 33 ÷ 65535 of 65,535 rao is 32. */
const feeOf = (amount: bigint, rate: bigint, of: bigint): bigint =>
  (amount * ((rate << FEE_PLACES) / of)) >> FEE_PLACES;

const afterwards = (curve: Curve, paidIn: bigint, paidOut: bigint): Curve => ({
  ...curve,
  reserveIn: curve.reserveIn + paidIn,
  reserveOut: curve.reserveOut - paidOut,
});
