import { fromHex } from '#protocol/bytes.ts';
import { DispatchFailure } from '../../runtime/call-context.ts';
import type { State } from '../../runtime/state.ts';
import { storageKey } from '../../runtime/storage-key.ts';
import { sameAccount } from './account-list.ts';
import { isNothing, type LockMode, rolledLock } from './lock-decay.ts';
import { stakeOf } from './share-pool.ts';
import { SUBTENSOR } from './storage-item.ts';
import { accountFlags, decayingLock, lockingColdkeys, locks, type LockState, unlockRate } from './storage-lock.ts';
import { stakingHotkeys } from './storage-stake.ts';
import { subnetOwnerHotkey } from './storage-subnet.ts';
import { netUid } from './types.ts';
import { ensure } from './validate-stake.ts';

/** A state and the number of the block that it is of, or that is being made of it. */
export interface LockView {
  readonly state: State;
  readonly blockNumber: number;
}

interface HeldLock {
  readonly hotkey: Uint8Array;
  readonly lock: LockState;
}

const ACCOUNT_HEX = 64;
const NETUID_HEX = 4;
const ACCEPTS_LOCKED = 1n;

export const NO_LOCK = (blockNumber: number): LockState => ({
  ...{ lockedMass: 0n, conviction: { bits: 0n }, lastUpdate: BigInt(blockNumber) },
});

const isPerpetual = (state: State, coldkey: Uint8Array, netuid: number): boolean =>
  state.find(decayingLock, coldkey, netuid) === false;

function modeOf(state: State, coldkey: Uint8Array, netuid: number, hotkey: Uint8Array): LockMode {
  const owners = state.find(subnetOwnerHotkey, netuid);
  const isOwners = owners !== undefined && sameAccount(owners, hotkey);
  return { isOwners, isPerpetual: isPerpetual(state, coldkey, netuid) };
}

/** As it is at this block. */
export const rolled = (
  { state, blockNumber }: LockView,
  { coldkey, netuid, hotkey }: LockPlace,
  lock: LockState,
): LockState => rolledLock(lock, BigInt(blockNumber), state.get(unlockRate), modeOf(state, coldkey, netuid, hotkey));

interface LockPlace {
  readonly coldkey: Uint8Array;
  readonly netuid: number;
  readonly hotkey: Uint8Array;
}

/** What a coldkey has locked in a subnet, as it is at this block. */
export function lockOf(view: LockView, coldkey: Uint8Array, netuid: number): HeldLock | undefined {
  const [key] = view.state.keys(storageKey(locks, [coldkey, netuid]));
  if (key === undefined) return undefined;
  const hotkey = fromHex(key.slice(-ACCOUNT_HEX));
  const lock = view.state.find(locks, coldkey, netuid, hotkey);
  return lock && { hotkey, lock: rolled(view, { coldkey, netuid, hotkey }, lock) };
}

/** What is nothing any more is forgotten. */
export function putLock(state: State, { coldkey, netuid, hotkey }: LockPlace, lock: LockState): void {
  if (isNothing(lock)) {
    state.remove(locks, coldkey, netuid, hotkey);
    state.remove(lockingColdkeys, netuid, hotkey, coldkey);
    return;
  }
  state.set(locks, coldkey, netuid, hotkey, lock);
  state.set(lockingColdkeys, netuid, hotkey, coldkey, undefined);
}

/** Alpha of a coldkey with all hotkeys of a subnet: a lock holds them together, whichever it is to. */
export const stakedInSubnet = (state: State, coldkey: Uint8Array, netuid: number): bigint =>
  state.get(stakingHotkeys, coldkey).reduce((sum, hotkey) => sum + stakeOf(state, { hotkey, coldkey, netuid }), 0n);

export interface StakeAvailability {
  readonly total: bigint;
  readonly locked: bigint;
  readonly available: bigint;
}

/** Source: pallets/subtensor/src/staking/lock.rs (stake_availability). */
export function stakeAvailability(view: LockView, coldkey: Uint8Array, netuid: number): StakeAvailability {
  const total = stakedInSubnet(view.state, coldkey, netuid);
  const locked = lockOf(view, coldkey, netuid)?.lock.lockedMass ?? 0n;
  return { total, locked, available: total > locked ? total - locked : 0n };
}

/** @throws DispatchFailure StakeUnavailable */
export function requireUnlocked(view: LockView, coldkey: Uint8Array, netuid: number, amount: bigint): void {
  ensure(stakeAvailability(view, coldkey, netuid).available >= amount, 'StakeUnavailable');
}

/** Writes a lock down as it is now: whenever its coldkey stakes or unstakes. Source: lock.rs (cleanup_lock_if_zero). */
export function touchLock(view: LockView, coldkey: Uint8Array, netuid: number): void {
  const held = lockOf(view, coldkey, netuid);
  if (held !== undefined) putLock(view.state, { coldkey, netuid, hotkey: held.hotkey }, held.lock);
}

/**
 * Before stake of one coldkey becomes another's: what is not free of it takes its lock along. Source: lock.rs (transfer_lock).
 * @throws DispatchFailure LockHotkeyMismatch, AccountRejectsLockedAlpha
 */
export function transferLock(view: LockView, from: Uint8Array, to: Uint8Array, netuid: number, amount: bigint): void {
  const { state, blockNumber } = view;
  const source = lockOf(view, from, netuid);
  if (source === undefined || amount === 0n || sameAccount(from, to)) return;
  const { available } = stakeAvailability(view, from, netuid);
  const unfree = amount > available ? amount - available : 0n;
  const { lockedMass, conviction } = source.lock;
  const moved = unfree < lockedMass ? unfree : lockedMass;
  const destination = lockOf(view, to, netuid);
  const hotkey = destination?.hotkey ?? source.hotkey;
  ensure(unfree === 0n || sameAccount(hotkey, source.hotkey), 'LockHotkeyMismatch');
  ensure(moved === 0n || (state.get(accountFlags, to) & ACCEPTS_LOCKED) !== 0n, 'AccountRejectsLockedAlpha');
  const movedBits = moved === 0n ? 0n : (conviction.bits * moved) / lockedMass;
  const change = (lock: LockState, sign: bigint): LockState => ({
    ...lock,
    lockedMass: lock.lockedMass + sign * moved,
    conviction: { bits: lock.conviction.bits + sign * movedBits },
  });
  const [given, taker] = [
    { coldkey: from, netuid, hotkey: source.hotkey },
    { coldkey: to, netuid, hotkey },
  ];
  putLock(state, given, rolled(view, given, change(source.lock, -1n)));
  putLock(state, taker, rolled(view, taker, change(destination?.lock ?? NO_LOCK(blockNumber), 1n)));
}

/** All locks of a coldkey become another's. Source: lock.rs (swap_coldkey_locks). @throws DispatchFailure ActiveLockExists */
export function swapColdkeyLocks(view: LockView, from: Uint8Array, to: Uint8Array): void {
  const { state } = view;
  const active = subnetsLockedBy(state, to).some((netuid) => (lockOf(view, to, netuid)?.lock.lockedMass ?? 0n) > 0n);
  if (active) throw new DispatchFailure(SUBTENSOR, 'ActiveLockExists');
  for (const netuid of subnetsLockedBy(state, from)) {
    const held = lockOf(view, from, netuid);
    if (held === undefined) continue;
    state.remove(locks, from, netuid, held.hotkey);
    state.remove(lockingColdkeys, netuid, held.hotkey, from);
    if (isPerpetual(state, from, netuid)) state.set(decayingLock, to, netuid, false);
    state.remove(decayingLock, from, netuid);
    putLock(state, { coldkey: to, netuid, hotkey: held.hotkey }, held.lock);
  }
  const flags = state.get(accountFlags, from);
  state.remove(accountFlags, from);
  if (flags === 0n) state.remove(accountFlags, to);
  else state.set(accountFlags, to, flags);
}

function subnetsLockedBy(state: State, coldkey: Uint8Array): readonly number[] {
  const prefix = storageKey(locks, [coldkey]);
  return state
    .keys(prefix)
    .map((key) => netUid.codec.dec(fromHex(key.slice(prefix.length, prefix.length + NETUID_HEX))));
}

/** Whether a coldkey takes locked stake from others. */
export function acceptLocked(state: State, coldkey: Uint8Array, accepts: boolean): void {
  const flags = state.get(accountFlags, coldkey);
  const changed = accepts ? flags | ACCEPTS_LOCKED : flags & ~ACCEPTS_LOCKED;
  if (changed === 0n) state.remove(accountFlags, coldkey);
  else state.set(accountFlags, coldkey, changed);
}
