import { accountId } from '../../scale/primitives.ts';
import { call, type CallDefinition } from '../../metadata/pallet.ts';
import { signerOf } from '../../runtime/call-context.ts';
import { sameAccount, withMember } from './account-list.ts';
import { associateHotkey } from './hotkeys.ts';
import { SUBTENSOR } from './storage-item.ts';
import { uids } from './storage-neurons.ts';
import { autoStakeDestination, autoStakeDestinationColdkeys } from './storage-stake.ts';
import { requireSubnet } from './subnets.ts';
import { netUid } from './types.ts';
import { ensure } from './validate-stake.ts';

/** What a coldkey says of hotkeys. Source: pallets/subtensor/src/staking/account.rs and macros/dispatches.rs. */
export const HOTKEY_CALLS: Readonly<Record<string, CallDefinition>> = {
  try_associate_hotkey: call(91, { hotkey: accountId }, (context, { hotkey }) =>
    associateHotkey(context.state, signerOf(context), hotkey),
  ),
  set_coldkey_auto_stake_hotkey: call(114, { netuid: netUid, hotkey: accountId }, (context, { netuid, hotkey }) => {
    const { state, deposit } = context;
    const coldkey = signerOf(context);
    requireSubnet(state, netuid);
    ensure(state.find(uids, netuid, hotkey) !== undefined, 'HotKeyNotRegisteredInSubNet');
    const before = state.find(autoStakeDestination, coldkey, netuid);
    if (before !== undefined) {
      ensure(!sameAccount(before, hotkey), 'SameAutoStakeHotkeyAlreadySet');
      const others = state
        .get(autoStakeDestinationColdkeys, before, netuid)
        .filter((each) => !sameAccount(each, coldkey));
      state.set(autoStakeDestinationColdkeys, before, netuid, others);
    }
    state.set(autoStakeDestination, coldkey, netuid, hotkey);
    withMember(state, autoStakeDestinationColdkeys, hotkey, netuid, coldkey);
    deposit(SUBTENSOR, 'AutoStakeDestinationSet', { coldkey, netuid, hotkey });
  }),
};
