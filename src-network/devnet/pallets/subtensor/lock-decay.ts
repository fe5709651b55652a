import type { LockState } from './storage-lock.ts';

/** Binary places. */
const PLACES = 64n;
const ONE = 1n << PLACES;
/** Places that are lost on the way. */
const GUARD = 32n;
const LARGEST_RATIO = 40n;
const HALVINGS = 8n;
const TERMS = 12n;
/** Alpha, below which there is nothing. */
const LEAST = 100n;

/** e^(−blocks ÷ rate) with 64 binary places; the chain's is a little coarser (substrate_fixed's exp). */
export function decayBits(blocks: bigint, rate: bigint): bigint {
  if (blocks <= 0n) return ONE;
  if (rate === 0n) return 0n;
  const one = ONE << GUARD;
  const most = LARGEST_RATIO * one;
  const ratio = (blocks * one) / rate;
  // (e^(−x ÷ 2^8))^(2^8): so small an x takes few terms.
  const x = (ratio < most ? ratio : most) >> HALVINGS;
  let [sum, term] = [one, one];
  for (let k = 1n; k <= TERMS; k += 1n) {
    term = -((term * x) / one) / k;
    sum += term;
  }
  for (let k = 0n; k < HALVINGS; k += 1n) sum = (sum * sum) / one;
  return sum >> GUARD;
}

export interface LockMode {
  /** To the hotkey of the subnet's owner: its conviction is full at once. */
  readonly isOwners: boolean;
  readonly isPerpetual: boolean;
}

/**
 * A lock as it is at a block: what is locked decays unless it is perpetual, and conviction grows with the time that it was
 * locked. Source: pallets/subtensor/src/staking/lock.rs (roll_forward_lock), where both have the same rate.
 */
export function rolledLock(
  lock: LockState,
  block: bigint,
  rate: bigint,
  { isOwners, isPerpetual }: LockMode,
): LockState {
  let { lockedMass, conviction, lastUpdate } = lock;
  if (block > lastUpdate) {
    const elapsed = block - lastUpdate;
    const decay = decayBits(elapsed, rate);
    const grown = isPerpetual ? lockedMass * (ONE - decay) : (lockedMass * elapsed * decay) / (rate === 0n ? 1n : rate);
    conviction = { bits: ((conviction.bits * decay) >> PLACES) + grown };
    if (!isPerpetual) lockedMass = (lockedMass * decay) >> PLACES;
    lastUpdate = block;
  }
  if (isOwners) conviction = { bits: lockedMass << PLACES };
  const rolled = { lockedMass, conviction, lastUpdate };
  return isNothing(rolled) ? { lockedMass: 0n, conviction: { bits: 0n }, lastUpdate } : rolled;
}

export const isNothing = ({ lockedMass, conviction }: LockState): boolean =>
  lockedMass < LEAST && conviction.bits < LEAST << PLACES;
