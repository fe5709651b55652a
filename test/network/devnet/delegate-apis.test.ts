/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-argument, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return -- this client learns from the chain what it may ask */
import { afterEach, expect, it } from 'vitest';
import { RAO_PER_TAO as TAO } from '#protocol/units.ts';
import { NETUID } from '../../support/devnet-calls.ts';
import { startSubtensorClient } from '../../support/subtensor-client.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** Alice's hotkey has a neuron and stake of Alice and Bob; an epoch is over. */
async function startDelegate() {
  const client = await startSubtensorClient();
  ends.push(client.close);
  const { api, devnet, tried, pass } = client;
  const { alice, bob } = devnet;
  const tx = api.tx.subtensorModule;
  expect(await tried(api.tx.balances.transferKeepAlive(bob.address, 20n * TAO), alice)).toBeNull();
  expect(await tried(tx.burnedRegister(NETUID, alice.address), alice)).toBeNull();
  expect(await tried(tx.addStake(alice.address, NETUID, 10n * TAO), alice)).toBeNull();
  expect(await tried(tx.rootRegister(alice.address), alice)).toBeNull();
  expect(await tried(tx.addStake(alice.address, 0, 4n * TAO), bob)).toBeNull();
  expect(await tried(tx.addStake(alice.address, NETUID, 2n * TAO), bob)).toBeNull();
  pass(10);
  return client;
}

it('a client lists delegates with their take, nominators, permits and return', async () => {
  const { api, devnet } = await startDelegate();
  const { alice, bob } = devnet;
  const { delegateInfoRuntimeApi } = api.call;
  const all: any = await delegateInfoRuntimeApi.getDelegates();
  const info: any = all.find((each: any) => each.delegateSs58.toString() === alice.address);
  expect(info.ownerSs58.toString()).toBe(alice.address);
  expect(info.take.toNumber()).toBe(11_796);
  expect(info.registrations.map(Number)).toEqual([0, NETUID]);
  expect(info.validatorPermits.map(Number)).toContain(NETUID);
  const staked = new Map<string, any>(info.nominators.map(([who, stakes]: any) => [who.toString(), stakes]));
  expect([...staked.keys()].toSorted()).toEqual([alice.address, bob.address].toSorted());
  expect(staked.get(bob.address).map(([netuid]: any) => netuid.toNumber())).toEqual([0, NETUID]);
  expect(staked.get(bob.address)[0][1].toBigInt()).toBe(4n * TAO);

  // By hand, from what the chain says of the last epoch: 720 epochs of 10 blocks a day.
  const paid = await api.query.subtensorModule.emission(NETUID);
  const daily: bigint = paid[0].toBigInt() * 720n;
  expect(daily).toBeGreaterThan(0n);
  expect(info.totalDailyReturn.toBigInt()).toBe(daily);
  expect(info.returnPer1000.toBigInt()).toBe((daily * 250n * (65_535n - 11_796n)) / 65_535n);

  const same: any = await delegateInfoRuntimeApi.getDelegate(alice.address);
  expect(same.unwrap().toHex()).toBe(info.toHex());
  expect((await delegateInfoRuntimeApi.getDelegate(bob.address)).isNone).toBe(true);
});

it('a client reads with whom a coldkey has staked', async () => {
  const { api, devnet } = await startDelegate();
  const { alice, bob } = devnet;
  const delegated: any = await api.call.delegateInfoRuntimeApi.getDelegated(bob.address);
  expect(delegated.map(([info, [netuid]]: any) => [info.delegateSs58.toString(), netuid.toNumber()])).toEqual([
    [alice.address, 0],
    [alice.address, NETUID],
  ]);
  expect(delegated[0][1][1].toBigInt()).toBe(4n * TAO);
  expect(delegated[0][0].nominators.length).toBe(0);
});

it('a client reads the state of a subnet, its old hyperparameters and the metagraph of its only mechanism', async () => {
  const { api, devnet } = await startDelegate();
  const { subnetInfoRuntimeApi } = api.call;
  const state = (await subnetInfoRuntimeApi.getSubnetState(NETUID)).unwrap();
  expect(state.hotkeys.map(String)).toEqual([devnet.alice.address]);
  expect(state.taoStake[0].toBigInt()).toBe(4n * TAO);
  expect(state.totalStake[0].toBigInt()).toBeGreaterThan(state.alphaStake[0].toBigInt());
  expect(state.emissionHistory.length).toBe(2);
  const [first, second]: any[] = [
    await subnetInfoRuntimeApi.getSubnetHyperparams(NETUID),
    await subnetInfoRuntimeApi.getSubnetHyperparamsV2(NETUID),
  ];
  expect([first.unwrap().tempo.toNumber(), second.unwrap().tempo.toNumber()]).toEqual([10, 10]);
  expect([second.unwrap().yumaVersion.toNumber(), second.unwrap().subnetIsActive.isTrue]).toEqual([2, true]);
  const graph: any = await subnetInfoRuntimeApi.getMechagraph(NETUID, 0);
  expect(graph.toHex()).toBe((await subnetInfoRuntimeApi.getMetagraph(NETUID)).toHex());
  expect((await subnetInfoRuntimeApi.getMechagraph(NETUID, 1)).isNone).toBe(true);
  // Young subnets are immune.
  expect((await subnetInfoRuntimeApi.getSubnetToPrune()).isNone).toBe(true);
});
