import { accountId, bool } from '../../scale/primitives.ts';
import { call, type CallDefinition } from '../../metadata/pallet.ts';
import { signerOf } from '../../runtime/call-context.ts';
import { moveStake } from './move-stake.ts';
import { SUBTENSOR } from './storage-item.ts';
import { alpha64, netUid, rao64 } from './types.ts';

const fromTo = { originNetuid: netUid, destinationNetuid: netUid, alphaAmount: alpha64 };

/** Stake to another hotkey, coldkey or subnet. Source: pallets/subtensor/src/staking/move_stake.rs. */
export const MOVE_STAKE_CALLS: Readonly<Record<string, CallDefinition>> = {
  move_stake: call(
    85,
    { originHotkey: accountId, destinationHotkey: accountId, ...fromTo },
    (context, { originHotkey, destinationHotkey, originNetuid, destinationNetuid, alphaAmount }) => {
      const coldkey = signerOf(context);
      const from = { hotkey: originHotkey, coldkey, netuid: originNetuid };
      const to = { hotkey: destinationHotkey, coldkey, netuid: destinationNetuid };
      const tao = moveStake(context, { from, to, amount: alphaAmount });
      const moved = [coldkey, originHotkey, originNetuid, destinationHotkey, destinationNetuid, tao];
      context.deposit(SUBTENSOR, 'StakeMoved', moved);
    },
  ),
  transfer_stake: call(
    86,
    { destinationColdkey: accountId, hotkey: accountId, ...fromTo },
    (context, { destinationColdkey, hotkey, originNetuid, destinationNetuid, alphaAmount }) => {
      const coldkey = signerOf(context);
      const from = { hotkey, coldkey, netuid: originNetuid };
      const to = { hotkey, coldkey: destinationColdkey, netuid: destinationNetuid };
      const tao = moveStake(context, { from, to, amount: alphaAmount, isGift: true });
      const given = [coldkey, destinationColdkey, hotkey, originNetuid, destinationNetuid, tao];
      context.deposit(SUBTENSOR, 'StakeTransferred', given);
    },
  ),
  swap_stake: call(
    87,
    { hotkey: accountId, ...fromTo },
    (context, { hotkey, originNetuid, destinationNetuid, alphaAmount }) => {
      const coldkey = signerOf(context);
      const from = { hotkey, coldkey, netuid: originNetuid };
      const tao = moveStake(context, { from, to: { ...from, netuid: destinationNetuid }, amount: alphaAmount });
      context.deposit(SUBTENSOR, 'StakeSwapped', [coldkey, hotkey, originNetuid, destinationNetuid, tao]);
    },
  ),
  /** The limit is how many of the destination's alpha one of the origin's must be worth, × 10^9. */
  swap_stake_limit: call(
    90,
    { hotkey: accountId, ...fromTo, limitPrice: rao64, allowPartial: bool },
    (context, { hotkey, originNetuid, destinationNetuid, alphaAmount, limitPrice, allowPartial }) => {
      const coldkey = signerOf(context);
      const from = { hotkey, coldkey, netuid: originNetuid };
      const to = { ...from, netuid: destinationNetuid };
      const tao = moveStake(context, { from, to, amount: alphaAmount, limit: { limitPrice, allowPartial } });
      context.deposit(SUBTENSOR, 'StakeSwapped', [coldkey, hotkey, originNetuid, destinationNetuid, tao]);
    },
  ),
};
