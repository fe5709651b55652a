import { expect, it } from 'vitest';
import { RAO_PER_TAO as TAO } from '#protocol/units.ts';
import { convictionOf, mostConvicted } from '#network/devnet/pallets/subtensor/conviction.ts';
import { decayBits, rolledLock } from '#network/devnet/pallets/subtensor/lock-decay.ts';
import { lockOf, stakeAvailability } from '#network/devnet/pallets/subtensor/locks.ts';
import { stakeOf } from '#network/devnet/pallets/subtensor/share-pool.ts';
import { accountNamed, Calls, NETUID, stateWith, VALIDATOR } from '../../support/devnet-calls.ts';

const ALICE = accountNamed('alice');
const BOB = accountNamed('bob');
const RATE = 934_866n;
const ONE = 1n << 64n;
const DECAYING = { isOwners: false, isPerpetual: false };
const atSubnet = { hotkey: VALIDATOR, netuid: NETUID };
const ofAlice = { ...atSubnet, coldkey: ALICE };
const at = (calls: Calls, blockNumber = 1) => ({ state: calls.state, blockNumber });

/** Alice has staked 10 TAO and locked half of what it bought. */
function locked() {
  const calls = new Calls(stateWith([[ALICE, 1000n * TAO]]));
  expect(calls.send(ALICE, 'SubtensorModule.add_stake', { ...atSubnet, amountStaked: 10n * TAO }).error).toBeNull();
  const staked = stakeOf(calls.state, ofAlice);
  const lock = calls.send(ALICE, 'SubtensorModule.lock_stake', { ...atSubnet, amount: staked / 2n });
  expect(lock.error).toBeNull();
  expect(lock.events.map(({ type }) => type)).toEqual(['StakeLocked']);
  return { calls, staked, half: staked / 2n };
}

it('a lock falls to 1/e in its time, as Math.exp says', () => {
  for (const blocks of [1n, 7_200n, RATE, 3n * RATE, 30n * RATE]) {
    const expected = Math.exp(-Number(blocks) / Number(RATE));
    expect(Number(decayBits(blocks, RATE)) / 2 ** 64).toBeCloseTo(expected, 14);
  }
  expect(decayBits(0n, RATE)).toBe(ONE);
  const lock = { lockedMass: 1000n * TAO, conviction: { bits: 0n }, lastUpdate: 0n };
  const later = rolledLock(lock, RATE, RATE, DECAYING);
  expect(Number(later.lockedMass) / Number(1000n * TAO)).toBeCloseTo(Math.exp(-1), 9);
  // ∫ of what is locked, which itself decays: m · (t ÷ τ) · e^(−t ÷ τ).
  expect(Number(later.conviction.bits >> 64n) / Number(1000n * TAO)).toBeCloseTo(Math.exp(-1), 6);
});

it('a lock that is rolled in two steps is the one that is rolled at once', () => {
  const lock = { lockedMass: 1000n * TAO, conviction: { bits: 0n }, lastUpdate: 0n };
  for (const mode of [DECAYING, { isOwners: false, isPerpetual: true }]) {
    const once = rolledLock(lock, 500_000n, RATE, mode);
    const twice = rolledLock(rolledLock(lock, 200_000n, RATE, mode), 500_000n, RATE, mode);
    expect(Number(twice.lockedMass - once.lockedMass)).toBeCloseTo(0, -1);
    expect(Number((twice.conviction.bits - once.conviction.bits) >> 64n)).toBeCloseTo(0, -1);
  }
});

it('locked stake can neither be unstaked nor moved to another subnet, and what is free can', () => {
  const { calls, staked, half } = locked();
  expect(stakeAvailability(at(calls), ALICE, NETUID)).toEqual({
    total: staked,
    locked: half,
    available: staked - half,
  });
  const most = staked - half;
  const remove = (amountUnstaked: bigint) =>
    calls.send(ALICE, 'SubtensorModule.remove_stake', { ...atSubnet, amountUnstaked }).error;
  expect(remove(most + 1n)).toBe('StakeUnavailable');
  const toRoot = { hotkey: VALIDATOR, originNetuid: NETUID, destinationNetuid: 0, alphaAmount: most + 1n };
  expect(calls.send(ALICE, 'SubtensorModule.swap_stake', toRoot).error).toBe('StakeUnavailable');
  expect(calls.send(ALICE, 'SubtensorModule.unstake_all', { hotkey: VALIDATOR }).error).toBe('StakeUnavailable');
  expect(calls.send(ALICE, 'SubtensorModule.burn_alpha', { ...atSubnet, amount: staked }).error).toBe(
    'StakeUnavailable',
  );
  expect(remove(most)).toBeNull();
});

it('a coldkey takes locked stake of another one only when it says so', () => {
  const { calls, staked, half } = locked();
  const give = () =>
    calls.send(ALICE, 'SubtensorModule.transfer_stake', {
      ...{ destinationColdkey: BOB, hotkey: VALIDATOR, originNetuid: NETUID, destinationNetuid: NETUID },
      alphaAmount: staked,
    }).error;
  expect(give()).toBe('AccountRejectsLockedAlpha');
  expect(calls.send(BOB, 'SubtensorModule.set_reject_locked_alpha', { enabled: false }).error).toBeNull();
  expect(give()).toBeNull();
  expect(lockOf(at(calls), ALICE, NETUID)).toBeUndefined();
  expect(lockOf(at(calls), BOB, NETUID)?.lock.lockedMass).toBe(half);
});

it('more than there is cannot be locked, and a lock is to one hotkey until it is moved', () => {
  const { calls, staked, half } = locked();
  const lock = (args: object) => calls.send(ALICE, 'SubtensorModule.lock_stake', { ...atSubnet, ...args }).error;
  expect(lock({ amount: staked - half + 1n })).toBe('InsufficientStakeForLock');
  expect(lock({ amount: 0n })).toBe('AmountTooLow');
  expect(calls.send(ALICE, 'SubtensorModule.try_associate_hotkey', { hotkey: BOB }).error).toBeNull();
  expect(lock({ hotkey: BOB, amount: 1n })).toBe('LockHotkeyMismatch');
  const move = { destinationHotkey: BOB, netuid: NETUID };
  expect(calls.send(ALICE, 'SubtensorModule.move_lock', move).error).toBeNull();
  expect(calls.send(BOB, 'SubtensorModule.move_lock', move).error).toBe('NoExistingLock');
  expect(lockOf(at(calls), ALICE, NETUID)?.hotkey).toEqual(BOB);
  const later = at(calls, 100_000);
  expect(convictionOf(later, BOB, NETUID)).toBeGreaterThan(0n);
  expect(convictionOf(later, VALIDATOR, NETUID)).toBe(0n);
  expect(mostConvicted(later, NETUID)).toEqual(BOB);
});

it('a perpetual lock does not decay', () => {
  const { calls, half } = locked();
  const perpetual = { netuid: NETUID, enabled: true };
  expect(calls.send(ALICE, 'SubtensorModule.set_perpetual_lock', perpetual).error).toBeNull();
  expect(lockOf(at(calls, 1_000_000), ALICE, NETUID)?.lock.lockedMass).toBe(half);
  expect(calls.send(ALICE, 'SubtensorModule.set_perpetual_lock', { ...perpetual, enabled: false }).error).toBeNull();
  expect(lockOf(at(calls, 1_000_000), ALICE, NETUID)?.lock.lockedMass).toBeLessThan(half / 2n);
});
