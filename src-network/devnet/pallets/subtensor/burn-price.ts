import type { State } from '../../runtime/state.ts';
import { isDue } from './epoch-schedule.ts';
import {
  burn,
  burnHalfLife,
  burnIncreaseMult,
  maxBurn,
  minBurn,
  registrationsThisBlock,
  registrationsThisInterval,
} from './storage-parameters.ts';
import { ROOT, subnets } from './subnets.ts';

/** Binary places of the decay's factor. */
const PLACES = 32n;
const ONE = 1n << PLACES;
const HALF = ONE >> 1n;
const MULTIPLIER_PLACES = 64n;
const U64_MAX = (1n << 64n) - 1n;

const factors = new Map<number, bigint>();

/**
 * The factor f of each block, with 32 binary places: the largest whose power of `halfLife` is not above ½, as the chain
 * multiplies. Source: pallets/subtensor/src/utils/misc.rs (decay_factor_q32, pow_q32, mul_by_q32).
 * @param halfLife blocks; 0: the price stays
 */
export function decayFactor(halfLife: number): bigint {
  if (halfLife === 0) return ONE;
  const known = factors.get(halfLife);
  if (known !== undefined) return known;
  let [low, high] = [0n, ONE];
  while (low + 1n < high) {
    const middle = (low + high) >> 1n;
    if (power(middle, halfLife) > HALF) high = middle;
    else low = middle;
  }
  factors.set(halfLife, low);
  return low;
}

function power(base: bigint, exponent: number): bigint {
  let [result, factor] = [ONE, base];
  for (let left = exponent; left > 0; left >>= 1) {
    if (left % 2 === 1) result = times(result, factor);
    factor = times(factor, factor);
  }
  return result;
}

const times = (value: bigint, factor: bigint): bigint => (value * factor) >> PLACES;

/** Rao after one more block, before the bounds. */
export const decayedPrice = (rao: bigint, halfLife: number): bigint => times(rao, decayFactor(halfLife));

/** Rao after a registration, before the bounds. @param multiplierBits with 64 binary places; less than 1 counts as 1 */
export function raisedPrice(rao: bigint, multiplierBits: bigint): bigint {
  const one = 1n << MULTIPLIER_PLACES;
  const raised = (rao * (multiplierBits > one ? multiplierBits : one)) >> MULTIPLIER_PLACES;
  return raised > U64_MAX ? U64_MAX : raised;
}

/**
 * At the beginning of each block: registering becomes cheaper everywhere. Source:
 * pallets/subtensor/src/subnets/registration.rs (update_registration_prices_for_networks).
 */
export function decayBurnPrices(state: State, block: number): void {
  for (const netuid of subnets(state)) {
    const price = state.get(burn, netuid);
    setPrice(state, netuid, block > 1 ? decayedPrice(price, state.get(burnHalfLife, netuid)) : price);
    if (state.get(registrationsThisBlock, netuid) !== 0) state.set(registrationsThisBlock, netuid, 0);
    // Only root still counts by interval.
    if (netuid === ROOT && isDue(state, ROOT, block)) state.set(registrationsThisInterval, ROOT, 0);
  }
}

/** After each registration. Source: registration.rs (bump_registration_price_after_registration). */
export function raiseBurnPrice(state: State, netuid: number): void {
  if (netuid === ROOT) return;
  setPrice(state, netuid, raisedPrice(state.get(burn, netuid), state.get(burnIncreaseMult, netuid).bits));
}

function setPrice(state: State, netuid: number, price: bigint): void {
  const [least, most] = [state.get(minBurn, netuid), state.get(maxBurn, netuid)];
  const atLeast = price < least ? least : price;
  const bounded = atLeast > most ? most : atLeast;
  if (bounded !== state.get(burn, netuid)) state.set(burn, netuid, bounded);
}
