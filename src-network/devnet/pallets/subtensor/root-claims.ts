import type { State } from '../../runtime/state.ts';
import { addStake, stakeOfHotkey } from './share-pool.ts';
import { rootClaimable } from './storage-epoch.ts';
import { owner } from './storage-stake.ts';
import { ROOT } from './subnets.ts';

const PLACES = 32n;

/**
 * Lets those who stake with a hotkey on root claim alpha, each in proportion to their stake; when there is more alpha than
 * stake, the hotkey's coldkey gets it. Source: pallets/subtensor/src/staking/claim_root.rs
 * (increase_root_claimable_for_hotkey_and_subnet), in I96F32.
 */
export function addRootClaimable(state: State, hotkey: Uint8Array, netuid: number, amount: bigint): void {
  if (amount === 0n) return;
  const total = stakeOfHotkey(state, hotkey, ROOT);
  if (amount > total) {
    addStake(state, { hotkey, coldkey: state.get(owner, hotkey), netuid }, amount);
    return;
  }
  const known = new Map(state.get(rootClaimable, hotkey).map(([subnet, { bits }]) => [subnet, bits]));
  known.set(netuid, (known.get(netuid) ?? 0n) + (amount << PLACES) / total);
  const sorted = [...known].toSorted(([a], [b]) => a - b);
  state.set(
    rootClaimable,
    hotkey,
    sorted.map(([subnet, bits]) => [subnet, { bits }] as const),
  );
}
