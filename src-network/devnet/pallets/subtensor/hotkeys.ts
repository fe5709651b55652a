import type { State } from '../../runtime/state.ts';
import { sameAccount, withMember } from './account-list.ts';
import { delegates, ownedHotkeys, owner, stakingHotkeys } from './storage-stake.ts';
import { isSubnetAccount } from './subnet-account.ts';
import { ensure } from './validate-stake.ts';

export function isOwnedBy(state: State, hotkey: Uint8Array, coldkey: Uint8Array): boolean {
  const known = state.find(owner, hotkey);
  return known !== undefined && sameAccount(known, coldkey);
}

/** Others may stake with it from now on; its take is what it was or the usual one. */
export function becomeDelegate(state: State, hotkey: Uint8Array): void {
  if (state.find(delegates, hotkey) === undefined) state.set(delegates, hotkey, state.get(delegates, hotkey));
}

/**
 * Makes a hotkey the coldkey's, unless it is somebody's already: that changes nothing. Source:
 * pallets/subtensor/src/staking/helpers.rs (create_account_if_non_existent).
 * @throws DispatchFailure CannotUseSystemAccount
 */
export function associateHotkey(state: State, coldkey: Uint8Array, hotkey: Uint8Array): void {
  ensure(!isSubnetAccount(hotkey), 'CannotUseSystemAccount');
  if (state.find(owner, hotkey) !== undefined) return;
  state.set(owner, hotkey, coldkey);
  withMember(state, ownedHotkeys, coldkey, hotkey);
  withMember(state, stakingHotkeys, coldkey, hotkey);
}
