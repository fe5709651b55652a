import { addAlpha, addRao, type Alpha, type Rao } from '#protocol/units.ts';
import { baseWeight, isWeight, type Pool, WEIGHT_ONE } from './pool.ts';

/**
 * The pool with weights that keep its price when `tao` and `alpha` come to its reserves (which this does not do yet), or
 * `undefined` when a weight would fall below 1 %. With x alpha and y TAO:
 *
 * w2' = w2 · x · (y + Δy) ÷ (w1 · y · (x + Δx) + w2 · x · (y + Δy)), and ½ when a reserve is 0
 *
 * Source: pallets/swap/src/pallet/balancer.rs (update_weights_for_added_liquidity).
 */
export function weighedFor(pool: Pool, tao: Rao, alpha: Alpha): Pool | undefined {
  const base = roundedProduct(baseWeight(pool), pool.tao * (pool.alpha + alpha));
  const quote = roundedProduct(pool.quoteWeight, pool.alpha * (pool.tao + tao));
  const total = base + quote;
  const quoteWeight = total === 0n ? WEIGHT_ONE / 2n : (quote * WEIGHT_ONE) / total;
  return isWeight(quoteWeight) ? { ...pool, quoteWeight } : undefined;
}

/** Puts both tokens into the reserves. Changes the price unless the weights were prepared by `weighedFor`. */
export const withReserves = (pool: Pool, tao: Rao, alpha: Alpha): Pool => ({
  ...pool,
  tao: addRao(pool.tao, tao),
  alpha: addAlpha(pool.alpha, alpha),
});

/** weight × value to the nearest whole number, halves upwards. */
const roundedProduct = (weight: bigint, value: bigint): bigint => (value * weight + WEIGHT_ONE / 2n) / WEIGHT_ONE;
