import type { State } from '../../runtime/state.ts';
import { priceBitsOf } from './market.ts';
import { emaPriceHalvingBlocks, subnetMovingAlpha } from './storage-epoch.ts';
import { firstEmissionBlockNumber, subnetMechanism, subnetMovingPrice } from './storage-subnet.ts';
import { ROOT } from './subnets.ts';

/** Binary places here; storage has half of them. */
const PLACES = 64n;
const ONE = 1n << PLACES;
const STORED_SHIFT = 32n;

/** The slow average of a subnet's price, with 64 binary places; 1 where alpha is TAO. Source: staking/stake_utils.rs. */
export const movingPriceBits = (state: State, netuid: number): bigint =>
  netuid === ROOT || state.get(subnetMechanism, netuid) === 0
    ? ONE
    : state.get(subnetMovingPrice, netuid).bits << STORED_SHIFT;

/**
 * The average after one more block: a·price + (1 − a)·average, with a = SubnetMovingAlpha × b ÷ (b + halving) after b
 * blocks; prices above 1 count as 1. Source: pallets/subtensor/src/staking/stake_utils.rs (update_moving_price), in U64F64.
 */
export function movePrice(state: State, netuid: number, block: number): void {
  const started = (state.find(firstEmissionBlockNumber, netuid) ?? 1n) - 1n;
  const blocks = BigInt(block) > started ? BigInt(block) - started : 0n;
  const all = blocks + state.get(emaPriceHalvingBlocks, netuid);
  const elapsed = all === 0n ? 0n : (blocks << PLACES) / all;
  const a = times(state.get(subnetMovingAlpha).bits << STORED_SHIFT, elapsed);
  const price = priceBitsOf(state, netuid);
  const moved = times(a, price > ONE ? ONE : price) + times(ONE - a, movingPriceBits(state, netuid));
  state.set(subnetMovingPrice, netuid, { bits: moved >> STORED_SHIFT });
}

const times = (a: bigint, b: bigint): bigint => (a * b) >> PLACES;
