import { expect, it } from 'vitest';
import { RAO_PER_TAO as TAO } from '#protocol/units.ts';
import { createDevnetRuntime } from '#network/devnet/runtime/devnet-runtime.ts';
import { accountNamed, Calls, NETUID, stateWith, VALIDATOR } from '../../support/devnet-calls.ts';

const { pallets } = createDevnetRuntime();

/**
 * Numbers of all calls at spec 425, from pallets/{subtensor/src/macros/dispatches,utility/src/lib,proxy/src/lib,
 * commitments/src/lib}.rs of opentensor/subtensor and pallet_balances of polkadot-sdk (stable2506); 99 is commented out there.
 */
const NUMBERS: Readonly<Record<string, readonly number[]>> = {
  SubtensorModule: [
    ...[
      0, 2, 3, 4, 5, 6, 7, 40, 59, 60, 61, 62, 65, 66, 67, 68, 69, 70, 71, 72, 73, 75, 76, 77, 78, 79, 80, 83, 84, 85,
    ],
    ...[86, 87, 88, 89, 90, 91, 92, 93, 96, 97, 98, 100, 101, 102, 103, 109, 110, 111, 112, 113, 114, 115, 116, 117],
    ...[118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139],
    ...[140, 141, 142],
  ],
  Balances: [0, 2, 3, 4, 5, 6, 8, 9, 10],
  Utility: [0, 1, 2, 3, 4, 5, 6, 7],
  Proxy: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  Commitments: [0, 2],
};

it.each(Object.entries(NUMBERS))('%s has every call of the chain, each under its own number', (name, numbers) => {
  const calls = Object.values(pallets.get(name)?.calls ?? {}).map(({ index }) => index);
  expect(calls.toSorted((a, b) => a - b)).toEqual(numbers);
});

const ALICE = accountNamed('alice');
const calls = new Calls(stateWith([[ALICE, 1000n * TAO]]));

it('what the devnet does not do is refused by an error that names it', () => {
  const swap = { hotkey: VALIDATOR, newHotkey: ALICE, netuid: NETUID };
  expect(calls.send(ALICE, 'SubtensorModule.swap_hotkey', swap).error).toBe('SwapHotkeyNotImplemented');
  expect(pallets.get('SubtensorModule')?.errors['SwapHotkeyNotImplemented']).toBe('The devnet does not do swap_hotkey');
  const pure = { proxyType: { type: 'Any', value: undefined }, delay: 0, index: 0 };
  expect(calls.send(ALICE, 'Proxy.create_pure', pure).error).toBe('Proxy.CreatePureNotImplemented');
});

it('the errors of refused calls come after the chain’s, whose numbers stay', () => {
  const names = Object.keys(pallets.get('SubtensorModule')?.errors ?? {});
  expect(names.indexOf('AccountRejectsLockedAlpha')).toBe(
    names.findIndex((name) => name.endsWith('NotImplemented')) - 1,
  );
  expect(names.length).toBeLessThan(256);
});

it('a call of the chain’s governance is refused as on the chain', () => {
  const { error } = calls.send(ALICE, 'SubtensorModule.dissolve_network', { coldkey: ALICE, netuid: NETUID });
  expect(error).toBe('BadOrigin');
  const set = { who: { type: 'Id', value: ALICE }, newFree: 1n };
  expect(calls.send(ALICE, 'Balances.force_set_balance', set).error).toBe('BadOrigin');
});

it('the faucet of test chains is off, and the old swap of coldkeys is gone', () => {
  const work = { blockNumber: 1n, nonce: 1n, work: new Uint8Array() };
  expect(calls.send(ALICE, 'SubtensorModule.faucet', work).error).toBe('FaucetDisabled');
  const swap = { newColdkey: VALIDATOR };
  expect(calls.send(ALICE, 'SubtensorModule.schedule_swap_coldkey', swap).error).toBe('Deprecated');
});

it('force_batch goes on after a failure, and a derived account acts for its owner', () => {
  const burn = (value: bigint) => ({ type: 'Balances', value: { type: 'burn', value: { value, keepAlive: true } } });
  const { error, events } = calls.send(ALICE, 'Utility.force_batch', { calls: [burn(10_000n * TAO), burn(TAO)] });
  expect(error).toBeNull();
  expect(events.map(({ type }) => type)).toEqual(['ItemFailed', 'Burned', 'ItemCompleted', 'BatchCompletedWithErrors']);
  // The derived account has nothing.
  expect(calls.send(ALICE, 'Utility.as_derivative', { index: 0, call: burn(TAO) }).error).toBe('Token');
});
