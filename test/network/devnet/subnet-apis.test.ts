/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-argument, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return -- these clients learn from the chain what they may ask */
import { LegacyClient, WsProvider as DedotProvider } from 'dedot';
import { createClient } from 'polkadot-api';
import { getWsProvider } from 'polkadot-api/ws';
import { afterEach, expect, it } from 'vitest';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { RAO_PER_TAO as TAO } from '#protocol/units.ts';
import { commitRevealWeightsEnabled } from '#network/devnet/pallets/subtensor/storage-parameters.ts';
import { subnetIdentitiesV3 } from '#network/devnet/pallets/subtensor/storage-identity.ts';
import { subnetAccount } from '#network/devnet/pallets/subtensor/subnet-account.ts';
import type { State } from '#network/devnet/runtime/state.ts';
import { NETUID, POOL } from '../../support/devnet-calls.ts';
import { startTestDevnet } from '../../support/devnet.ts';
import { startSubtensorClient } from '../../support/subtensor-client.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const EMPTY = new Uint8Array();
const named = (state: State): void => {
  state.set(commitRevealWeightsEnabled, NETUID, false);
  state.set(subnetIdentitiesV3, NETUID, {
    ...{ subnetName: utf8('Millrace'), githubRepo: EMPTY, subnetContact: EMPTY, subnetUrl: EMPTY },
    ...{ discord: EMPTY, description: EMPTY, logoUrl: EMPTY, additional: EMPTY },
  });
};

/** Alice's hotkeys are Alice (uid 0, with stake, served) and Bob (uid 1); one epoch is over. */
async function startSubnet() {
  const client = await startSubtensorClient(named);
  ends.push(client.close);
  const { api, devnet, tried, pass } = client;
  const { alice, bob } = devnet;
  const tx = api.tx.subtensorModule;
  expect(await tried(tx.burnedRegister(NETUID, alice.address), alice)).toBeNull();
  expect(await tried(tx.burnedRegister(NETUID, bob.address), alice)).toBeNull();
  expect(await tried(tx.addStake(alice.address, NETUID, 10n * TAO), alice)).toBeNull();
  expect(await tried(tx.serveAxon(NETUID, 1, '0x01020304', 8091, 4, 4, 0, 0), alice)).toBeNull();
  pass(10);
  return client;
}

it('a client reads the neurons of a subnet, with and without their weights', async () => {
  const { api, devnet, tried } = await startSubnet();
  const { alice, bob } = devnet;
  expect(await tried(api.tx.subtensorModule.setWeights(NETUID, [0, 1], [0, 5], 0), alice)).toBe(
    'SettingWeightsTooFast',
  );
  const { neuronInfoRuntimeApi } = api.call;
  const neurons = await neuronInfoRuntimeApi.getNeurons(NETUID);
  expect(neurons.map((neuron: any) => neuron.hotkey.toString())).toEqual([alice.address, bob.address]);
  const [neuron] = neurons;
  expect(neuron.coldkey.toString()).toBe(alice.address);
  expect([neuron.uid.toNumber(), neuron.netuid.toNumber(), neuron.validatorPermit.isTrue]).toEqual([0, NETUID, true]);
  expect([neuron.axonInfo.ip.toBigInt(), neuron.axonInfo.port.toNumber()]).toEqual([0x0102_0304n, 8091]);
  expect(neuron.emission.toBigInt()).toBeGreaterThan(0n);
  expect([neuron.rank.toNumber(), neuron.pruningScore.toNumber()]).toEqual([0, 65_535]);
  const staked = await api.query.subtensorModule.totalHotkeyAlpha(alice.address, NETUID);
  expect(neuron.stake[0][1].toBigInt()).toBe(staked.toBigInt());
  const lite = (await neuronInfoRuntimeApi.getNeuronLite(NETUID, 1)).unwrap();
  expect(lite.hotkey.toString()).toBe(bob.address);
  expect(lite.weights).toBeUndefined();
  expect((await neuronInfoRuntimeApi.getNeuronsLite(NETUID)).length).toBe(2);
  expect((await neuronInfoRuntimeApi.getNeuron(NETUID, 2)).isNone).toBe(true);
  expect((await neuronInfoRuntimeApi.getNeuronsLite(9)).length).toBe(0);
});

it('a client reads what a subnet is, and how it fares', async () => {
  const { api, devnet } = await startSubnet();
  const { subnetInfoRuntimeApi, subnetRegistrationRuntimeApi } = api.call;
  const info = (await subnetInfoRuntimeApi.getSubnetInfoV2(NETUID)).unwrap();
  expect([info.subnetworkN.toNumber(), info.tempo.toNumber(), info.maxAllowedUids.toNumber()]).toEqual([2, 10, 256]);
  expect(info.owner.toString()).toBe(devnet.owner.address);
  expect(info.burn.toBigInt()).toBe((await api.query.subtensorModule.burn(NETUID)).toBigInt());
  expect(info.identity.unwrap().subnetName.toUtf8()).toBe('Millrace');

  const dynamic = (await subnetInfoRuntimeApi.getDynamicInfo(NETUID)).unwrap();
  expect(String.fromCharCode(...dynamic.subnetName.map(Number))).toBe('Millrace');
  expect(new TextDecoder().decode(Uint8Array.from(dynamic.tokenSymbol.map(Number)))).toBe('α');
  expect(dynamic.taoIn.toBigInt()).toBe((await api.query.subtensorModule.subnetTAO(NETUID)).toBigInt());
  expect(dynamic.taoIn.toBigInt()).toBeGreaterThan(POOL.taoRao);
  expect(dynamic.alphaOutEmission.toBigInt()).toBe(TAO);
  expect(dynamic.ownerHotkey.toString()).toBe(devnet.validator.address);
  const all = await subnetInfoRuntimeApi.getAllDynamicInfo();
  expect(all.map((each: any) => each.unwrap().netuid.toNumber())).toEqual([0, NETUID]);
  expect((await subnetInfoRuntimeApi.getDynamicInfo(9)).isNone).toBe(true);

  const next = (await subnetInfoRuntimeApi.getNextEpochStartBlock(NETUID)).unwrap().toNumber();
  const last: number = (await api.query.subtensorModule.lastEpochBlock(NETUID)).toNumber();
  expect(next).toBe(last + 10);
  const account = (await subnetInfoRuntimeApi.getSubnetAccountId(NETUID)).unwrap();
  expect(toHex(account.toU8a())).toBe(toHex(subnetAccount(NETUID)));
  expect((await subnetRegistrationRuntimeApi.getNetworkRegistrationCost()).toBigInt()).toBe(1000n * TAO);
});

it('a client reads hyperparameters by name', async () => {
  const { api } = await startSubnet();
  const entries = (await api.call.subnetInfoRuntimeApi.getSubnetHyperparamsV3(NETUID)).unwrap();
  const values = new Map<string, any>(entries.map((entry: any) => [entry.name.toUtf8(), entry.value]));
  expect(values.get('tempo').asU16.toNumber()).toBe(10);
  expect(values.get('min_burn').asTaoBalance.toBigInt()).toBe(500_000n);
  expect(values.get('commit_reveal_weights_enabled').asBool.isTrue).toBe(false);
  expect(values.get('activity_cutoff').asU64.toNumber()).toBe(138);
  expect(values.size).toBe(33);
});

it('a client reads a metagraph, whole or in part', async () => {
  const { api, devnet, tried } = await startSubnet();
  const { alice, bob } = devnet;
  expect(await tried(api.tx.commitments.setCommitment(NETUID, { fields: [{ Raw2: '0x6869' }] }), bob)).toBeNull();
  const { subnetInfoRuntimeApi } = api.call;
  const graph = (await subnetInfoRuntimeApi.getMetagraph(NETUID)).unwrap();
  expect(graph.hotkeys.map(String)).toEqual([alice.address, bob.address]);
  expect(graph.coldkeys.map(String)).toEqual([alice.address, alice.address]);
  expect(graph.axons[0].port.toNumber()).toBe(8091);
  expect(graph.numUids.toNumber()).toBe(2);
  expect(graph.alphaStake[0].toBigInt()).toBe(graph.totalStake[0].toBigInt());
  expect(graph.block.toNumber()).toBe(devnet.node.head.header.number);

  const [NETUID_INDEX, TEMPO, VALIDATORS, COMMITMENTS, UNKNOWN] = [0, 8, 72, 73, 99];
  const indexes = [NETUID_INDEX, TEMPO, VALIDATORS, COMMITMENTS, UNKNOWN];
  const part = (await subnetInfoRuntimeApi.getSelectiveMetagraph(NETUID, indexes)).unwrap();
  expect(part.netuid.toNumber()).toBe(NETUID);
  expect(part.tempo.unwrap().toNumber()).toBe(10);
  expect(part.hotkeys.isNone).toBe(true);
  expect(part.validators.unwrap().map(Number)).toEqual([0]);
  const [[who, committed]] = part.commitments.unwrap();
  expect(who.toString()).toBe(bob.address);
  expect(committed.map(Number).slice(-2)).toEqual([0x68, 0x69]);
});

it('polkadot-api (PAPI) and dedot read them too', async () => {
  const devnet = await startTestDevnet(50, named);
  ends.push(devnet.close);
  const client = createClient(getWsProvider(devnet.url));
  ends.push(() => client.destroy());
  const papi: any = client.getUnsafeApi();
  const dynamic = await papi.apis.SubnetInfoRuntimeApi.get_dynamic_info(NETUID);
  expect([dynamic.netuid, dynamic.tempo]).toEqual([NETUID, 10]);
  expect(await papi.apis.NeuronInfoRuntimeApi.get_neurons_lite(NETUID)).toEqual([]);
  const graph = await papi.apis.SubnetInfoRuntimeApi.get_metagraph(NETUID);
  expect(graph.max_uids).toBe(256);

  const dedot: any = await LegacyClient.new(new DedotProvider(devnet.url));
  ends.push(() => dedot.disconnect());
  const info = await dedot.call.subnetInfoRuntimeApi.getSubnetInfoV2(NETUID);
  expect([info.netuid, info.maxAllowedUids]).toEqual([NETUID, 256]);
  expect(await dedot.call.subnetRegistrationRuntimeApi.getNetworkRegistrationCost()).toBe(1000n * TAO);
});
