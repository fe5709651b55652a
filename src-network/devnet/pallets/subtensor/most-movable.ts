import type { State } from '../../runtime/state.ts';
import { hasPool, mostBuyable, mostSellable, priceBitsOf } from './market.ts';
import { subnetAlphaIn, subnetTao } from './storage-subnet.ts';

const PLACES = 64n;
const RAO = 1_000_000_000n;
const U64_MAX = (1n << 64n) - 1n;

/**
 * Alpha of the origin that may go to the destination until one is worth only `limitPrice` ÷ 10^9 of the other. Between two
 * pools that is the chain's own formula, which holds for equal weights only, in its arithmetic with 64 binary places, where
 * what is too large counts as 0. Source: pallets/subtensor/src/staking/move_stake.rs (get_max_amount_move).
 * @throws DispatchFailure Swap.PriceLimitExceeded
 */
export function mostMovable(state: State, origin: number, destination: number, limitPrice: bigint): bigint {
  const [sells, buys] = [hasPool(state, origin), hasPool(state, destination)];
  if (!sells && !buys) return limitPrice > RAO ? 0n : U64_MAX;
  if (!sells) return limitPrice === 0n ? U64_MAX : mostBuyable(state, destination, inverted(limitPrice));
  if (!buys) return mostSellable(state, origin, limitPrice);

  const [tao1, tao2] = [state.get(subnetTao, origin), state.get(subnetTao, destination)];
  const [alpha1, alpha2] = [state.get(subnetAlphaIn, origin), state.get(subnetAlphaIn, destination)];
  if (tao1 === 0n || tao2 === 0n || alpha1 === 0n || alpha2 === 0n) return 0n;
  const limit = (limitPrice << PLACES) / RAO;
  if (limit > quotient(priceBitsOf(state, origin), priceBitsOf(state, destination))) return 0n;
  if (limitPrice === 0n) return U64_MAX;

  const [part1, part2] = [(tao1 << PLACES) / (tao1 + tao2), (tao2 << PLACES) / (tao1 + tao2)];
  const difference = quotient(alpha2 * part1, limit) - alpha1 * part2;
  return difference < 0n ? 0n : difference >> PLACES;
}

/** Rao for one alpha of the destination. */
const inverted = (limitPrice: bigint): bigint => (((RAO << PLACES) / limitPrice) * RAO) >> PLACES;

function quotient(a: bigint, b: bigint): bigint {
  if (b === 0n) return 0n;
  const bits = (a << PLACES) / b;
  return bits >> (2n * PLACES) === 0n ? bits : 0n;
}
