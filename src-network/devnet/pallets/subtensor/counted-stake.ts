import { floor } from '../../fixed32.ts';
import { taoWeightOf } from '../../pool/block-emission.ts';
import { inheritedStake } from '../../pool/child-keys.ts';
import type { State } from '../../runtime/state.ts';
import { stakeOfHotkey } from './share-pool.ts';
import { childKeys, parentKeys } from './storage-children.ts';
import { taoWeight } from './storage-stake.ts';
import { ROOT } from './subnets.ts';

/**
 * What a hotkey's stake counts in a subnet: the alpha that it and its parents let it have there and, weighed, the TAO on
 * root. Source: pallets/subtensor/src/staking/stake_utils.rs (get_stake_weights_for_hotkey_on_subnet), rounded down.
 */
export const countedStake = (state: State, netuid: number, hotkey: Uint8Array): bigint =>
  inheritedAlpha(state, netuid, hotkey) +
  floor(inheritedRootTao(state, netuid, hotkey) * taoWeightOf(state.get(taoWeight)));

export const inheritedAlpha = (state: State, netuid: number, hotkey: Uint8Array): bigint =>
  inherited(state, netuid, hotkey, netuid);

/** Rao; children have of it what they have of the alpha in the subnet. */
export const inheritedRootTao = (state: State, netuid: number, hotkey: Uint8Array): bigint =>
  inherited(state, netuid, hotkey, ROOT);

function inherited(state: State, netuid: number, hotkey: Uint8Array, stakedIn: number): bigint {
  return inheritedStake(
    stakeOfHotkey(state, hotkey, stakedIn),
    state.get(childKeys, hotkey, netuid).map(([proportion]) => proportion),
    state
      .get(parentKeys, hotkey, netuid)
      .map(([proportion, parent]) => ({ proportion, stake: stakeOfHotkey(state, parent, stakedIn) })),
  );
}
