import type { CallContext } from '../../runtime/call-context.ts';
import { freeBalance, transfer } from '../../runtime/money.ts';
import { sameAccount, withMember } from './account-list.ts';
import { swapColdkeyLocks } from './locks.ts';
import { addStake, stakeOf, takeStake } from './share-pool.ts';
import { identitiesV2 } from './storage-identity.ts';
import { SUBTENSOR } from './storage-item.ts';
import {
  autoStakeDestination,
  autoStakeDestinationColdkeys,
  ownedHotkeys,
  owner,
  stakingHotkeys,
} from './storage-stake.ts';
import { subnetOwner } from './storage-subnet.ts';
import { subnets } from './subnets.ts';
import { ensure } from './validate-stake.ts';

/**
 * Gives all that a coldkey has to another one: identity, subnets, stake with its locks, hotkeys, TAO. Source:
 * pallets/subtensor/src/swap/swap_coldkey.rs (do_swap_coldkey). Left out: claims on root, which there are not here.
 * @throws DispatchFailure ColdKeyAlreadyAssociated, NewColdKeyIsHotkey, ActiveLockExists
 */
export function swapColdkey(context: CallContext, from: Uint8Array, to: Uint8Array): void {
  const { state, deposit } = context;
  ensure(state.get(stakingHotkeys, to).length === 0, 'ColdKeyAlreadyAssociated');
  ensure(state.find(owner, to) === undefined, 'NewColdKeyIsHotkey');
  const identity = state.find(identitiesV2, from);
  if (identity !== undefined && state.find(identitiesV2, to) === undefined) {
    state.remove(identitiesV2, from);
    state.set(identitiesV2, to, identity);
  }
  for (const netuid of subnets(state)) {
    const owned = state.find(subnetOwner, netuid);
    if (owned !== undefined && sameAccount(owned, from)) state.set(subnetOwner, netuid, to);
    moveDestination(context, netuid, from, to);
    for (const hotkey of state.get(stakingHotkeys, from)) {
      const amount = stakeOf(state, { hotkey, coldkey: from, netuid });
      if (amount === 0n) continue;
      takeStake(state, { hotkey, coldkey: from, netuid }, amount);
      addStake(state, { hotkey, coldkey: to, netuid }, amount);
    }
  }
  for (const hotkey of state.get(stakingHotkeys, from)) withMember(state, stakingHotkeys, to, hotkey);
  state.remove(stakingHotkeys, from);
  for (const hotkey of state.get(ownedHotkeys, from)) {
    state.set(owner, hotkey, to);
    withMember(state, ownedHotkeys, to, hotkey);
  }
  state.remove(ownedHotkeys, from);
  swapColdkeyLocks(context, from, to);
  const amountRao = freeBalance(state, from);
  if (amountRao > 0n) transfer(context, { from, to, amountRao, keepAlive: false });
  deposit(SUBTENSOR, 'ColdkeySwapped', { oldColdkey: from, newColdkey: to });
}

function moveDestination({ state }: CallContext, netuid: number, from: Uint8Array, to: Uint8Array): void {
  const hotkey = state.find(autoStakeDestination, from, netuid);
  if (hotkey === undefined) return;
  state.remove(autoStakeDestination, from, netuid);
  state.set(autoStakeDestination, to, netuid, hotkey);
  const others = state
    .get(autoStakeDestinationColdkeys, hotkey, netuid)
    .filter((each) => !sameAccount(each, from) && !sameAccount(each, to));
  state.set(autoStakeDestinationColdkeys, hotkey, netuid, [...others, to]);
}
