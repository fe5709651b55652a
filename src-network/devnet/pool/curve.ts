import { WEIGHT_ONE } from './pool.ts';
import { POWER_PLACES, powerAbove, powerBelow, squareRoot } from './power.ts';

/** The pool seen from a trade: one side takes in, the other pays out. Weights have 18 decimal places. */
export interface Curve {
  readonly reserveIn: bigint;
  readonly reserveOut: bigint;
  readonly weightIn: bigint;
  readonly weightOut: bigint;
}

/** What is paid in for one unit paid out. */
export interface Rate {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** The marginal rate (weightOut · reserveIn) ÷ (weightIn · reserveOut): it rises with every trade. */
export const rateOf = ({ reserveIn, reserveOut, weightIn, weightOut }: Curve): Rate => ({
  numerator: weightOut * reserveIn,
  denominator: weightIn * reserveOut,
});

/** < 0 when a is the lower rate. */
export function compareRates(a: Rate, b: Rate): number {
  const [left, right] = [a.numerator * b.denominator, b.numerator * a.denominator];
  return left === right ? 0 : left < right ? -1 : 1;
}

/**
 * out = reserveOut × (1 − (reserveIn ÷ (reserveIn + paidIn))^(weightIn ÷ weightOut)), rounded down; with equal weights
 * that is reserveOut × paidIn ÷ (reserveIn + paidIn), of the constant product. So reserveIn^weightIn × reserveOut^weightOut
 * never falls. Source: pallets/swap/src/pallet/balancer.rs (its header) and swap_step.rs (convert_deltas). The chain rounds
 * the power to 18 decimal places, downwards, so that it can pay one or two units more than this.
 */
export function payout({ reserveIn, reserveOut, weightIn, weightOut }: Curve, paidIn: bigint): bigint {
  if (reserveIn === 0n) return 0n;
  if (weightIn === weightOut) return (reserveOut * paidIn) / (reserveIn + paidIn);
  const kept = powerAbove(reserveIn, reserveIn + paidIn, weightIn, weightOut);
  return (reserveOut * ((1n << POWER_PLACES) - kept)) >> POWER_PLACES;
}

/**
 * What brings the marginal rate up to `limit`, which is above it now: reserveIn × ((limit ÷ rate)^weightOut − 1), rounded
 * down. Source: pallets/swap/src/pallet/balancer.rs (calculate_quote_delta_in, calculate_base_delta_in).
 */
export function amountToRate(curve: Curve, limit: Rate): bigint {
  const rate = rateOf(curve);
  const numerator = limit.numerator * rate.denominator;
  const denominator = limit.denominator * rate.numerator;
  if (curve.weightIn === curve.weightOut) {
    return squareRoot((curve.reserveIn ** 2n * numerator) / denominator) - curve.reserveIn;
  }
  const growth = powerBelow(numerator, denominator, curve.weightOut, WEIGHT_ONE) - (1n << POWER_PLACES);
  return growth <= 0n ? 0n : (curve.reserveIn * growth) >> POWER_PLACES;
}
