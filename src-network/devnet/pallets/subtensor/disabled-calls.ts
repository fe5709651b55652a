import { option, tuple, vec } from '../../scale/composites.ts';
import { accountId, bool, bytes, h256, u128, u16, u32, u64, u8 } from '../../scale/primitives.ts';
import { call, type CallDefinition, freeCall } from '../../metadata/pallet.ts';
import type { Fields } from '../../scale/composites.ts';
import { DispatchFailure } from '../../runtime/call-context.ts';
import { SUBTENSOR } from './storage-item.ts';
import { alpha64, netUid } from './types.ts';

const refuse = (): void => {
  throw new DispatchFailure(SUBTENSOR, 'CallDisabled');
};
const disabled = (index: number, args: Fields): CallDefinition => call(index, args, refuse);
const disabledFree = (index: number, args: Fields): CallDefinition => freeCall(index, args, refuse);

const hotkeyAndTake = { hotkey: accountId, take: u16 };

/**
 * Calls that clients of Subtensor find and that the devnet does not do: each ends with the error `CallDisabled`. Source of
 * their numbers and arguments: pallets/subtensor/src/macros/dispatches.rs at spec 425.
 */
export const DISABLED_CALLS: Readonly<Record<string, CallDefinition>> = {
  serve_axon_tls: disabledFree(40, {
    ...{ netuid: netUid, version: u32, ip: u128, port: u16, ipType: u8, protocol: u8, placeholder1: u8 },
    ...{ placeholder2: u8, certificate: bytes },
  }),
  register_network: disabled(59, { hotkey: accountId }),
  decrease_take: disabledFree(65, hotkeyAndTake),
  increase_take: disabledFree(66, hotkeyAndTake),
  set_children: disabled(67, { hotkey: accountId, netuid: netUid, children: vec(tuple(u64, accountId)) }),
  swap_hotkey: disabled(70, { hotkey: accountId, newHotkey: accountId, netuid: option(netUid) }),
  swap_hotkey_v2: disabled(72, { hotkey: accountId, newHotkey: accountId, netuid: option(netUid), keepStake: bool }),
  set_childkey_take: disabled(75, { hotkey: accountId, netuid: netUid, take: u16 }),
  recycle_alpha: disabled(101, { hotkey: accountId, amount: alpha64, netuid: netUid }),
  burn_alpha: disabled(102, { hotkey: accountId, amount: alpha64, netuid: netUid }),
  commit_timelocked_weights: disabledFree(113, {
    ...{ netuid: netUid, commit: bytes, revealRound: u64, commitRevealVersion: u16 },
  }),
  set_mechanism_weights: disabledFree(119, {
    ...{ netuid: netUid, mecid: u8, dests: vec(u16), weights: vec(u16), versionKey: u64 },
  }),
  announce_coldkey_swap: disabled(125, { newColdkeyHash: h256 }),
  swap_coldkey_announced: disabled(126, { newColdkey: accountId }),
  lock_stake: disabled(136, { hotkey: accountId, netuid: netUid, amount: alpha64 }),
  move_lock: disabled(137, { destinationHotkey: accountId, netuid: netUid }),
};
