import type { State } from '../../runtime/state.ts';
import { priceBitsOf } from './market.ts';
import { stakeOfHotkey } from './share-pool.ts';
import { subnets } from './subnets.ts';

const PLACES = 64n;

/** What all alpha of a hotkey is worth at today's prices, in rao. Source: pallets/subtensor/src/staking/helpers.rs (get_total_stake_for_hotkey). */
export const totalStakeRao = (state: State, hotkey: Uint8Array): bigint =>
  subnets(state).reduce((sum, netuid) => sum + stakeOfHotkey(state, hotkey, netuid) * priceBitsOf(state, netuid), 0n) >>
  PLACES;
