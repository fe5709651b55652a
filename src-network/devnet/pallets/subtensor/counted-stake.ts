import { taoWeightOf } from '../../pool/block-emission.ts';
import { floor } from '../../fixed32.ts';
import type { State } from '../../runtime/state.ts';
import { stakeOfHotkey } from './share-pool.ts';
import { taoWeight } from './storage-stake.ts';
import { ROOT } from './subnets.ts';

/**
 * What a hotkey's stake counts in a subnet: its alpha there and, weighed, its TAO on root. Source:
 * pallets/subtensor/src/staking/stake_utils.rs (get_stake_weights_for_hotkey_on_subnet), rounded down. Left out: childkeys.
 */
export const countedStake = (state: State, netuid: number, hotkey: Uint8Array): bigint =>
  stakeOfHotkey(state, hotkey, netuid) + floor(stakeOfHotkey(state, hotkey, ROOT) * taoWeightOf(state.get(taoWeight)));
