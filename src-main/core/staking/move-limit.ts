import { type Alpha, alpha } from '#protocol/units.ts';
import { MILLION, type Price, type Ratio } from './amounts.ts';
import type { BuyTrial, MarketFacts, PoolFacts, SellTrial } from './facts.ts';
import { comparePrice, WEIGHT_ONE } from './quote-checks.ts';

/** A swap of stake: sold in the first market, and bought with that in the second. */
interface Swap {
  readonly origin: MarketFacts;
  readonly destination: MarketFacts;
  /** What leaves, with the fee. */
  readonly amount: Alpha;
  readonly sale: SellTrial;
  readonly purchase: BuyTrial;
}

interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

const UNITS = 1_000_000_000n;
const U64_MAX = (1n << 64n) - 1n;
/** Binary places of the chain's fractions (U64F64). */
const PLACES = 64n;
/** How near below the present ratio a limit is not trusted to be below it: the chain cuts its prices off. */
const NEAR = 1_000_000_000n;
/** More than the chain's roundings take from the least amount that it moves, of a million parts. */
const ROUNDINGS_PPM = 2n;

/**
 * The limit of a swap of stake: how many alpha of the destination one of the origin must bring. Between two pools the chain compares
 * it with their weighted prices and, for the amount, with their bare reserves (pallets/subtensor/src/staking/move_stake.rs,
 * get_max_amount_move), so the lower of both ratios is what the tolerance is taken from. Rounded up, so that it never tolerates more
 * than it says; `null` when it does not fit the chain's u64.
 */
export function limitToMove(origin: MarketFacts, destination: MarketFacts, tolerancePpm: number): Ratio | null {
  const byPrice = priceRatio(origin, destination);
  const byReserves = reserveRatio(origin.pool, destination.pool);
  const { numerator, denominator } = byReserves !== null && isLess(byReserves, byPrice) ? byReserves : byPrice;
  if (denominator === 0n) return null;
  const kept = BigInt(Math.max(0, MILLION - tolerancePpm));
  const parts = denominator * BigInt(MILLION);
  const limit = (numerator * UNITS * kept + parts - 1n) / parts;
  if (limit > U64_MAX) return null;
  // Zero would be no limit at all.
  return (limit === 0n ? 1n : limit) as Ratio;
}

/** Whether the chain does it as long as nobody else trades. */
export function isWithinLimit({ origin, destination, amount, sale, purchase }: Swap, limit: Ratio): boolean {
  const [from, to] = [origin.pool, destination.pool];
  if (from !== null && to !== null)
    return isBelowMost(from, to, amount, limit) && isBelowPrice(origin, destination, limit);
  if (from !== null) return comparePrice(from, sold(sale), limit as bigint as Price) >= 0;
  if (to !== null) return comparePrice(to, bought(purchase), inverted(limit)) <= 0;
  return limit <= UNITS;
}

/**
 * Less does not arrive. Between pools of equal weights the limit bounds the average: what arrives ÷ what is sold. A pool that weighs
 * the side that is paid out less than the other gives less than one of equal weights, by at most the ratio of the weights, because
 * 1 − y^w ≥ w (1 − y) for 0 ≤ y, w ≤ 1. From and to root the limit bounds the last price, and so each alpha.
 */
export function leastMoved({ origin, destination, sale, purchase }: Swap, limit: Ratio): Alpha {
  const [from, to] = [origin.pool, destination.pool];
  const paidIn = from === null ? purchase.taoIn : sale.alphaIn;
  let [numerator, denominator] = [paidIn * limit, UNITS];
  if (from !== null && to !== null) {
    const sides = [
      { kept: WEIGHT_ONE - from.quoteWeight, other: from.quoteWeight },
      { kept: to.quoteWeight, other: WEIGHT_ONE - to.quoteWeight },
    ];
    for (const { kept, other } of sides) {
      if (kept < other) [numerator, denominator] = [numerator * kept, denominator * other];
    }
  }
  const parts = denominator * BigInt(MILLION);
  const least = (numerator * (BigInt(MILLION) - ROUNDINGS_PPM)) / parts - 1n;
  return alpha(least < 0n ? 0n : least > U64_MAX ? U64_MAX : least);
}

export const sold = ({ taoOut, alphaIn }: SellTrial) => ({ tao: 0n - taoOut, alpha: alphaIn });
export const bought = ({ taoIn, alphaOut }: BuyTrial) => ({ tao: taoIn, alpha: 0n - alphaOut });

/** The chain's own formula, of which what is too large for its numbers counts as nothing, and roundings on the safe side. */
function isBelowMost(from: PoolFacts, to: PoolFacts, amount: Alpha, limit: Ratio): boolean {
  const all = from.tao + to.tao;
  const first = to.alpha * from.tao * UNITS;
  if (first >= (all * limit) << PLACES) return false;
  const cutOff = (to.alpha * UNITS) / (limit << PLACES) + 2n;
  return (amount + cutOff) * limit * all + from.alpha * to.tao * limit <= first;
}

function isBelowPrice(origin: MarketFacts, destination: MarketFacts, limit: Ratio): boolean {
  const { numerator, denominator } = priceRatio(origin, destination);
  return limit * denominator * (NEAR + 1n) <= numerator * UNITS * NEAR;
}

/** Rao for one alpha of the destination, as the chain turns the limit round for what comes from root. */
const inverted = (limit: Ratio): Price => ((((UNITS << PLACES) / limit) * UNITS) >> PLACES) as Price;

function priceRatio(origin: MarketFacts, destination: MarketFacts): Fraction {
  const [one, other] = [priceOf(origin.pool), priceOf(destination.pool)];
  return { numerator: one.numerator * other.denominator, denominator: one.denominator * other.numerator };
}

/** TAO for one alpha, to the last digit; one for one where no pool is. */
function priceOf(pool: PoolFacts | null): Fraction {
  if (pool === null) return { numerator: 1n, denominator: 1n };
  return { numerator: (WEIGHT_ONE - pool.quoteWeight) * pool.tao, denominator: pool.quoteWeight * pool.alpha };
}

const reserveRatio = (from: PoolFacts | null, to: PoolFacts | null): Fraction | null =>
  from === null || to === null ? null : { numerator: from.tao * to.alpha, denominator: from.alpha * to.tao };

const isLess = (a: Fraction, b: Fraction): boolean => a.numerator * b.denominator < b.numerator * a.denominator;
