import { expect, it } from 'vitest';
import { RAO_PER_TAO as TAO } from '#protocol/units.ts';
import { stakeOf } from '#network/devnet/pallets/subtensor/share-pool.ts';
import { account } from '#network/devnet/pallets/system.ts';
import { freeBalance } from '#network/devnet/runtime/money.ts';
import { accountNamed, Calls, NETUID, type Outcome, stateWith, VALIDATOR } from '../../support/devnet-calls.ts';

const ALICE = accountNamed('alice');
const BOB = accountNamed('bob');
const CAROL = accountNamed('carol');
/** For one proxy. */
const DEPOSIT = 93_000_000n;

const address = (value: Uint8Array) => ({ type: 'Id', value });
const typed = (type: string) => ({ type, value: undefined });
const callOf = (name: string, args: Readonly<Record<string, unknown>>) => {
  const [type, call] = name.split('.');
  return { type, value: { type: call, value: args } };
};

const chain = (): Calls => new Calls(stateWith([ALICE, BOB].map((who) => [who, 100n * TAO] as const)));
const change = (calls: Calls, name: 'add_proxy' | 'remove_proxy', proxyType: string, delay = 0): Outcome =>
  calls.send(ALICE, `Proxy.${name}`, { delegate: address(BOB), proxyType: typed(proxyType), delay });
const act = (calls: Calls, inner: unknown, forced?: string): Outcome =>
  calls.send(BOB, 'Proxy.proxy', {
    ...{ real: address(ALICE), call: inner, forceProxyType: forced === undefined ? undefined : typed(forced) },
  });
/** Of the call that was made for another. */
const innerResult = ({ events }: Outcome): unknown =>
  (events.at(-1)?.value as { readonly result: unknown } | undefined)?.result;

const STAKE = callOf('SubtensorModule.add_stake', { hotkey: VALIDATOR, netuid: NETUID, amountStaked: 10n * TAO });
const TRANSFER = callOf('Balances.transfer_keep_alive', { dest: address(CAROL), value: TAO });
const FILTERED = { type: 'Err', value: { type: 'Module', value: { index: 0, error: Uint8Array.of(5, 0, 0, 0) } } };
const OK = { type: 'Ok', value: undefined };

it('a staking proxy stakes for the account and moves none of its money', () => {
  const calls = chain();
  expect(change(calls, 'add_proxy', 'Staking').error).toBeNull();
  const { data } = calls.state.get(account, ALICE);
  expect([data.free, data.reserved]).toEqual([100n * TAO - DEPOSIT, DEPOSIT]);

  expect(innerResult(act(calls, STAKE))).toEqual(OK);
  expect(stakeOf(calls.state, { hotkey: VALIDATOR, coldkey: ALICE, netuid: NETUID })).toBeGreaterThan(0n);
  expect(freeBalance(calls.state, BOB)).toBe(100n * TAO);
  expect(innerResult(act(calls, TRANSFER))).toEqual(FILTERED);
  const hidden = callOf('Utility.batch_all', { calls: [TRANSFER] });
  expect(innerResult(act(calls, hidden))).toEqual(FILTERED);
  expect(freeBalance(calls.state, CAROL)).toBe(0n);
});

it('what a proxy may not do it may not do in a batch either', () => {
  const calls = chain();
  change(calls, 'add_proxy', 'NonTransfer');
  expect(innerResult(act(calls, callOf('Utility.batch_all', { calls: [STAKE] })))).toEqual(OK);
  expect(innerResult(act(calls, callOf('Utility.batch_all', { calls: [STAKE, TRANSFER] })))).toEqual(FILTERED);
});

it('no proxy makes one that may do more than itself', () => {
  const calls = chain();
  change(calls, 'add_proxy', 'NonTransfer');
  const add = (proxyType: string) =>
    innerResult(
      act(calls, callOf('Proxy.add_proxy', { delegate: address(CAROL), proxyType: typed(proxyType), delay: 0 })),
    );
  expect(add('Any')).toEqual(FILTERED);
  expect(add('Transfer')).toEqual(FILTERED);
  expect(add('Staking')).toEqual(OK);
});

it('a proxy for small transfers transfers less than half a TAO', () => {
  const calls = chain();
  change(calls, 'add_proxy', 'SmallTransfer');
  const transfer = (value: bigint) => callOf('Balances.transfer_keep_alive', { dest: address(CAROL), value });
  expect(innerResult(act(calls, transfer(TAO / 2n)))).toEqual(FILTERED);
  expect(innerResult(act(calls, transfer(TAO / 2n - 1n)))).toEqual(OK);
});

it('who is no proxy, or of another type, or must announce first, does nothing', () => {
  const calls = chain();
  expect(act(calls, STAKE).error).toBe('Proxy.NotProxy');
  change(calls, 'add_proxy', 'Registration', 10);
  expect(act(calls, STAKE, 'Staking').error).toBe('Proxy.NotProxy');
  expect(act(calls, STAKE).error).toBe('Proxy.Unannounced');
});

it('an account that is a proxy is one once, and is removed with the deposit', () => {
  const calls = chain();
  change(calls, 'add_proxy', 'Staking');
  expect(change(calls, 'add_proxy', 'Staking').error).toBe('Proxy.Duplicate');
  expect(change(calls, 'remove_proxy', 'Transfer').error).toBe('Proxy.NotFound');
  expect(change(calls, 'remove_proxy', 'Staking').error).toBeNull();
  expect(freeBalance(calls.state, ALICE)).toBe(100n * TAO);
  const self = { delegate: address(ALICE), proxyType: typed('Any'), delay: 0 };
  expect(calls.send(ALICE, 'Proxy.add_proxy', self).error).toBe('Proxy.NoSelfProxy');
  for (let delay = 0; delay < 20; delay += 1) change(calls, 'add_proxy', 'Any', delay);
  expect(change(calls, 'add_proxy', 'Any', 20).error).toBe('Proxy.TooMany');
  expect(calls.send(ALICE, 'Proxy.remove_proxies', {}).error).toBeNull();
  expect(freeBalance(calls.state, ALICE)).toBe(100n * TAO);
});

it('a deposit that cannot be paid is not taken, and what is held back keeps its account in being', () => {
  const calls = chain();
  const all = { dest: address(BOB), keepAlive: false };
  change(calls, 'add_proxy', 'Any');
  expect(calls.send(ALICE, 'Balances.transfer_all', all).error).toBe('Token');
  const poor = calls.send(CAROL, 'Proxy.add_proxy', { delegate: address(BOB), proxyType: typed('Any'), delay: 0 });
  expect(poor.error).toBe('Balances.InsufficientBalance');
});
