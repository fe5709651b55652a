import { accountId, bool } from '../../scale/primitives.ts';
import { call, type CallDefinition } from '../../metadata/pallet.ts';
import { DispatchFailure, signerOf } from '../../runtime/call-context.ts';
import { sameAccount } from './account-list.ts';
import { acceptLocked, lockOf, NO_LOCK, putLock, rolled, stakedInSubnet, touchLock } from './locks.ts';
import { SUBTENSOR } from './storage-item.ts';
import { decayingLock, lockingColdkeys, locks } from './storage-lock.ts';
import { owner } from './storage-stake.ts';
import { alpha64, netUid } from './types.ts';
import { ensure, requireHotkey } from './validate-stake.ts';

/**
 * Locking stake to say whom one believes in. Source: pallets/subtensor/src/staking/lock.rs. Left out: the sums of all locks
 * of a hotkey, by which the chain may give a subnet that is older than a year to another owner.
 */
export const LOCK_CALLS: Readonly<Record<string, CallDefinition>> = {
  lock_stake: call(
    136,
    { hotkey: accountId, netuid: netUid, amount: alpha64 },
    (context, { hotkey, netuid, amount }) => {
      const { state, blockNumber, deposit } = context;
      const coldkey = signerOf(context);
      ensure(amount > 0n, 'AmountTooLow');
      requireHotkey(state, hotkey);
      const held = lockOf(context, coldkey, netuid);
      ensure(held === undefined || sameAccount(held.hotkey, hotkey), 'LockHotkeyMismatch');
      const before = held?.lock ?? NO_LOCK(blockNumber);
      const lock = { ...before, lockedMass: before.lockedMass + amount };
      ensure(stakedInSubnet(state, coldkey, netuid) >= lock.lockedMass, 'InsufficientStakeForLock');
      const place = { coldkey, netuid, hotkey };
      putLock(state, place, rolled(context, place, lock));
      deposit(SUBTENSOR, 'StakeLocked', { coldkey, hotkey, netuid, amount });
    },
  ),
  /** Conviction begins anew with a hotkey of another owner. */
  move_lock: call(137, { destinationHotkey: accountId, netuid: netUid }, (context, { destinationHotkey, netuid }) => {
    const { state, deposit } = context;
    const coldkey = signerOf(context);
    requireHotkey(state, destinationHotkey);
    const held = lockOf(context, coldkey, netuid);
    if (held === undefined) throw new DispatchFailure(SUBTENSOR, 'NoExistingLock');
    const isSameOwner = sameAccount(state.get(owner, held.hotkey), state.get(owner, destinationHotkey));
    state.remove(locks, coldkey, netuid, held.hotkey);
    state.remove(lockingColdkeys, netuid, held.hotkey, coldkey);
    const place = { coldkey, netuid, hotkey: destinationHotkey };
    putLock(state, place, rolled(context, place, isSameOwner ? held.lock : { ...held.lock, conviction: { bits: 0n } }));
    const moved = { coldkey, originHotkey: held.hotkey, destinationHotkey, netuid };
    deposit(SUBTENSOR, 'LockMoved', moved);
  }),
  set_perpetual_lock: call(138, { netuid: netUid, enabled: bool }, (context, { netuid, enabled }) => {
    const { state, deposit } = context;
    const coldkey = signerOf(context);
    touchLock(context, coldkey, netuid);
    if (enabled) state.set(decayingLock, coldkey, netuid, false);
    else state.remove(decayingLock, coldkey, netuid);
    deposit(SUBTENSOR, 'PerpetualLockUpdated', { coldkey, netuid, enabled });
  }),
  set_reject_locked_alpha: call(142, { enabled: bool }, (context, { enabled }) => {
    const coldkey = signerOf(context);
    acceptLocked(context.state, coldkey, !enabled);
    context.deposit(SUBTENSOR, 'RejectLockedAlphaUpdated', { coldkey, enabled });
  }),
};
