import { type Alpha, alpha, type Rao, rao, RAO_PER_TAO } from '#protocol/units.ts';

/** Weights have 18 decimal places (Perquintill): this is 1. */
export const WEIGHT_ONE = 10n ** 18n;
/** No weight is below 1 %, so that powers stay exact enough. */
const MIN_WEIGHT = WEIGHT_ONE / 100n;
/** 33 ÷ 65535 ≈ 0.05 %. */
const DEFAULT_FEE_RATE = 33;
/** Binary places of the chain's prices (U64F64). */
const PRICE_PLACES = 64n;
const U64_MAX = (1n << 64n) - 1n;

/** A subnet's market: what it holds of both tokens and how it weighs them. */
export interface Pool {
  readonly tao: Rao;
  readonly alpha: Alpha;
  /** w2, of TAO; that of alpha is w1 = 1 − w2. */
  readonly quoteWeight: bigint;
  /** u16 proportion of what is paid in. */
  readonly feeRate: number;
}

export const openPool = (tao: Rao, alphaReserve: Alpha, feeRate = DEFAULT_FEE_RATE): Pool => ({
  tao,
  alpha: alphaReserve,
  quoteWeight: WEIGHT_ONE / 2n,
  feeRate,
});

export const baseWeight = (pool: Pool): bigint => WEIGHT_ONE - pool.quoteWeight;

export const isWeight = (quoteWeight: bigint): boolean =>
  quoteWeight >= MIN_WEIGHT && WEIGHT_ONE - quoteWeight >= MIN_WEIGHT;

/**
 * TAO for one alpha, p = (w1 · tao) ÷ (w2 · alpha), with 64 binary places, or 0 when there is no alpha. Rounded down in the
 * chain's three steps, so that clients see its very numbers. Source: pallets/swap/src/pallet/balancer.rs (calculate_price).
 */
export function priceBits(pool: Pool): bigint {
  if (pool.alpha === 0n) return 0n;
  const weights = (baseWeight(pool) << PRICE_PLACES) / pool.quoteWeight;
  const reserves = (pool.tao << PRICE_PLACES) / pool.alpha;
  return (weights * reserves) >> PRICE_PLACES;
}

/** Rao for one alpha, as the chain's `current_alpha_price` answers (runtime/src/lib.rs): 0.2 TAO reads 199,999,999. */
export const priceRao = (pool: Pool): bigint => (priceBits(pool) * RAO_PER_TAO) >> PRICE_PLACES;

/** What an amount would bring at the current price, if no trade moved it. As on the chain, not above 2^64 − 1. */
export const taoWorth = (pool: Pool, amount: Alpha): Rao => rao(atMostU64((amount * priceBits(pool)) >> PRICE_PLACES));

export function alphaWorth(pool: Pool, amount: Rao): Alpha {
  const price = priceBits(pool);
  return alpha(price === 0n ? 0n : atMostU64((amount << PRICE_PLACES) / price));
}

const atMostU64 = (x: bigint): bigint => (BigInt.asUintN(64, x) === x ? x : U64_MAX);
