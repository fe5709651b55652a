/* eslint-disable @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access -- the client learns from the chain which calls there are */
import { afterEach, expect, it } from 'vitest';
import { decayFactor, decayedPrice, raisedPrice } from '#network/devnet/pallets/subtensor/burn-price.ts';
import { setAt } from '#network/devnet/pallets/subtensor/neuron-lists.ts';
import {
  axons,
  blockAtRegistration,
  emission,
  uids,
  weights,
} from '#network/devnet/pallets/subtensor/storage-neurons.ts';
import {
  burn,
  burnIncreaseMult,
  immunityPeriod,
  maxAllowedUids,
  maxBurn,
  minBurn,
  minNonImmuneUids,
  networkRegistrationAllowed,
} from '#network/devnet/pallets/subtensor/storage-parameters.ts';
import { owner as ownerOf } from '#network/devnet/pallets/subtensor/storage-stake.ts';
import {
  firstEmissionBlockNumber,
  subnetAlphaOut,
  subnetOwner,
} from '#network/devnet/pallets/subtensor/storage-subnet.ts';
import { poolOf } from '#network/devnet/pallets/subtensor/market.ts';
import { quoteTaoForAlpha } from '#network/devnet/pool/quote.ts';
import { freeBalance } from '#network/devnet/runtime/money.ts';
import { State } from '#network/devnet/runtime/state.ts';
import { rao, RAO_PER_TAO as TAO } from '#protocol/units.ts';
import { accountNamed, Calls, NETUID, OWNER, stateWith } from '../../support/devnet-calls.ts';
import { startSubtensorClient } from '../../support/subtensor-client.ts';

const ALICE = accountNamed('alice');
const BOB = accountNamed('bob');
const hotkey = (index: number): Uint8Array => accountNamed(`hotkey ${index}`);

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const chain = (): Calls =>
  new Calls(
    stateWith([
      [ALICE, 1000n * TAO],
      [BOB, 10n * TAO],
    ]),
  );
const register = (calls: Calls, index: number, coldkey = ALICE, netuid = NETUID) =>
  calls.send(coldkey, 'SubtensorModule.burned_register', { netuid, hotkey: hotkey(index) });

it('a client registers a hotkey, and finds its uid, its owner and the next price', async () => {
  // Nothing is emitted, so that only the registration moves the pool.
  const client = await startSubtensorClient((state) => state.remove(firstEmissionBlockNumber, NETUID));
  ends.push(client.close);
  const { api, devnet, send } = client;
  const { alice, bob } = devnet;
  const { subtensorModule } = api.tx;
  client.pass(1); // in the first block the price is as it was founded
  const pool = poolOf(new State(devnet.node.headState), NETUID);
  const { error, events } = await send(subtensorModule.burnedRegister(NETUID, bob.address), alice);
  expect(error).toBeNull();
  const registered = events.find(({ method }) => method === 'NeuronRegistered');
  expect(registered.data.toJSON()).toEqual([NETUID, 0, bob.address]);
  expect((await api.query.subtensorModule.uids(NETUID, bob.address)).unwrap().toNumber()).toBe(0);
  expect((await api.query.subtensorModule.owner(bob.address)).toString()).toBe(alice.address);
  expect((await api.query.subtensorModule.subnetworkN(NETUID)).toNumber()).toBe(1);

  // 1 TAO, one block cheaper; and what it bought belongs to nobody.
  const price = decayedPrice(TAO, 360);
  const next = (await api.query.subtensorModule.burn(NETUID)).toBigInt();
  expect(next).toBe(raisedPrice(price, 23_242_897_532_874_035_200n));
  expect(Number(next) / Number(price)).toBeCloseTo(1.26, 8);
  const bought = quoteTaoForAlpha(pool, rao(price));
  expect((await api.query.subtensorModule.subnetAlphaIn(NETUID)).toBigInt()).toBe(pool.alpha - bought.alphaAmount);
  expect((await api.query.subtensorModule.subnetAlphaOut(NETUID)).toBigInt()).toBe(0n);
  const fee = events.find(({ method }) => method === 'TransactionFeePaid').data.actualFee.toBigInt();
  expect((await api.query.system.account(alice.address)).data.free.toBigInt()).toBe(1000n * TAO - price - fee);
});

it('a limit below the price keeps a client from registering', async () => {
  const client = await startSubtensorClient();
  ends.push(client.close);
  const { api, devnet, tried } = client;
  const { alice, bob } = devnet;
  const { registerLimit } = api.tx.subtensorModule;
  expect(await tried(registerLimit(NETUID, bob.address, 900_000_000n), alice)).toBe('RegistrationPriceLimitExceeded');
  expect(await tried(registerLimit(NETUID, bob.address, 1_000_000_000n), alice)).toBeNull();
});

it('the price halves in 360 blocks, and in as many as the subnet says', () => {
  for (const halfLife of [1, 7, 360, 7200]) {
    let price = 10n ** 15n;
    for (let block = 0; block < halfLife; block += 1) price = decayedPrice(price, halfLife);
    expect(Number(price) / 10 ** 15).toBeCloseTo(0.5, 5);
    expect(Number(decayFactor(halfLife)) / 2 ** 32).toBeCloseTo(0.5 ** (1 / halfLife), 9);
  }
  expect(decayedPrice(12_345n, 0)).toBe(12_345n);
});

it('the price stays within its bounds, and never falls by a registration', () => {
  const calls = chain();
  calls.state.set(maxBurn, NETUID, 2n * TAO);
  for (let index = 0; index < 4; index += 1) register(calls, index);
  expect(calls.state.get(burn, NETUID)).toBe(2n * TAO);
  calls.state.set(burnIncreaseMult, NETUID, { bits: 1n });
  calls.state.set(minBurn, NETUID, TAO);
  register(calls, 4);
  expect(calls.state.get(burn, NETUID)).toBe(2n * TAO);
});

it.each<[string, (calls: Calls) => { readonly error: string | null }, string]>([
  ['on root', (calls) => register(calls, 0, ALICE, 0), 'RegistrationNotPermittedOnRootSubnet'],
  ['in a subnet that there is not', (calls) => register(calls, 0, ALICE, 9), 'SubnetNotExists'],
  [
    'where the owner allows none',
    (calls) => {
      calls.state.set(networkRegistrationAllowed, NETUID, false);
      return register(calls, 0);
    },
    'SubNetRegistrationDisabled',
  ],
  [
    'a second time',
    (calls) => {
      register(calls, 0);
      return register(calls, 0);
    },
    'HotKeyAlreadyRegisteredInSubNet',
  ],
  ['without the money', (calls) => register(calls, 0, accountNamed('poor')), 'NotEnoughBalanceToStake'],
  [
    'a hotkey of another coldkey',
    (calls) => {
      calls.state.set(ownerOf, hotkey(0), BOB);
      return register(calls, 0);
    },
    'NonAssociatedColdKey',
  ],
  [
    'in a subnet without places',
    (calls) => {
      calls.state.set(maxAllowedUids, NETUID, 0);
      return register(calls, 0);
    },
    'NoNeuronIdAvailable',
  ],
])('nobody registers %s', (_, act, error) => {
  const calls = chain();
  const outcome = act(calls);
  expect(outcome.error).toBe(error);
});

it('a refused registration costs nothing and leaves no owner behind', () => {
  const calls = chain();
  calls.state.set(maxAllowedUids, NETUID, 0);
  register(calls, 0);
  expect(freeBalance(calls.state, ALICE)).toBe(1000n * TAO);
  expect(calls.state.find(ownerOf, hotkey(0))).toBeUndefined();
  expect(calls.state.get(burn, NETUID)).toBe(TAO);
});

/** Three places, all taken and open to others; the first two neurons earned something. */
function fullChain(): Calls {
  const calls = chain();
  const { state } = calls;
  state.set(maxAllowedUids, NETUID, 3);
  state.set(immunityPeriod, NETUID, 0);
  state.set(minNonImmuneUids, NETUID, 0);
  for (let index = 0; index < 3; index += 1) register(calls, index);
  setAt(state, emission, NETUID, 0, 5n);
  setAt(state, emission, NETUID, 1, 3n);
  setAt(state, emission, NETUID, 2, 4n);
  return calls;
}

it('in a full subnet the newcomer takes the uid that earned least, and nothing of what it was', () => {
  const calls = fullChain();
  const { state } = calls;
  state.set(weights, NETUID, 0, [
    [1, 60_000],
    [2, 9],
  ]);
  state.set(weights, NETUID, 1, [[0, 5]]);
  const axon = { ip: 1n << 24n, port: 80, ipType: 4, protocol: 0, version: 1, placeholder1: 0, placeholder2: 0 };
  expect(calls.send(hotkey(1), 'SubtensorModule.serve_axon', { netuid: NETUID, ...axon }).error).toBeNull();
  const { events } = register(calls, 7, BOB);
  expect(events.at(-1)).toEqual({ type: 'NeuronRegistered', value: [NETUID, 1, hotkey(7)] });
  expect(state.find(uids, NETUID, hotkey(1))).toBeUndefined();
  expect(state.find(axons, NETUID, hotkey(1))).toBeUndefined();
  expect(state.get(emission, NETUID)).toEqual([5n, 0n, 4n]);
  expect(state.get(weights, NETUID, 0)).toEqual([
    [1, 0],
    [2, 9],
  ]);
  expect(state.get(weights, NETUID, 1)).toEqual([]);
});

it('who is immune keeps its uid while others can go', () => {
  const calls = fullChain();
  // All are registered in block 1, the first one as if before.
  calls.state.set(blockAtRegistration, NETUID, 0, 0n);
  calls.state.set(immunityPeriod, NETUID, 1);
  expect(register(calls, 7).events.at(-1)?.value).toEqual([NETUID, 0, hotkey(7)]);
});

it('the oldest neuron of the subnet owner keeps its uid, whatever it earns', () => {
  const calls = fullChain();
  setAt(calls.state, emission, NETUID, 0, 0n);
  calls.state.set(subnetOwner, NETUID, ALICE);
  expect(register(calls, 7, BOB).events.at(-1)?.value).toEqual([NETUID, 1, hotkey(7)]);
});

it('a client says where its hotkey listens, free of charge, and not again too soon', async () => {
  const client = await startSubtensorClient();
  ends.push(client.close);
  const { api, devnet, tried, pass } = client;
  const { alice, validator } = devnet;
  const { burnedRegister, serveAxon, servePrometheus } = api.tx.subtensorModule;
  const serve = (ip: string, port = 8091) => tried(serveAxon(NETUID, 7, ip, port, 4, 4, 0, 0), alice);
  expect(await serve('0x01020304')).toBe('HotKeyNotRegisteredInNetwork');
  expect(await tried(burnedRegister(NETUID, alice.address), alice)).toBeNull();
  expect(await serve('0x7f000001')).toBe('InvalidIpAddress');
  expect(await tried(serveAxon(NETUID, 7, '0x01020304', 1, 5, 4, 0, 0), alice)).toBe('InvalidIpType');
  expect(await serve('0x01020304', 0)).toBe('InvalidPort');
  const before = (await api.query.system.account(alice.address)).data.free.toBigInt();
  expect(await serve('0x01020304')).toBeNull();
  expect(await tried(servePrometheus(NETUID, 7, '0x01020304', 9100, 4), alice)).toBeNull();
  expect((await api.query.system.account(alice.address)).data.free.toBigInt()).toBe(before);
  const axon = (await api.query.subtensorModule.axons(NETUID, alice.address)).unwrap();
  expect([axon.ip.toBigInt(), axon.port.toNumber(), axon.version.toNumber()]).toEqual([0x0102_0304n, 8091, 7]);
  expect(await serve('0x01020305')).toBe('ServingRateLimitExceeded');
  pass(50);
  expect(await serve('0x01020305')).toBeNull();
  expect(await tried(serveAxon(NETUID, 7, '0x01020304', 80, 4, 4, 0, 0), validator)).toBe(
    'HotKeyNotRegisteredInNetwork',
  );
});

it('what registrations burn is not outside of the pool any more', () => {
  const calls = chain();
  for (let index = 0; index < 5; index += 1) register(calls, index);
  expect(calls.state.get(subnetAlphaOut, NETUID)).toBe(0n);
  expect(freeBalance(calls.state, OWNER)).toBe(0n);
});
