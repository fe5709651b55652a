/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return -- these clients learn from the chain which calls there are */
import { LegacyClient, WsProvider as DedotProvider } from 'dedot';
import { createClient } from 'polkadot-api';
import { getPolkadotSigner } from 'polkadot-api/signer';
import { getWsProvider } from 'polkadot-api/ws';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  commitRevealWeightsEnabled,
  weightsSetRateLimit,
} from '#network/devnet/pallets/subtensor/storage-parameters.ts';
import { NETUID } from '../../support/devnet-calls.ts';
import { startTestDevnet, TAO, type TestDevnet } from '../../support/devnet.ts';

let devnet: TestDevnet;
const ends: (() => unknown)[] = [];

beforeEach(async () => {
  devnet = await startTestDevnet(50, (state) => {
    state.set(commitRevealWeightsEnabled, NETUID, false);
    state.set(weightsSetRateLimit, NETUID, 0n);
  });
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  await devnet.close();
});

it('polkadot-api (PAPI) registers within a limit, sets weights, and sees the events of both', async () => {
  const { alice } = devnet;
  const client = createClient(getWsProvider(devnet.url));
  ends.push(() => client.destroy());
  const api: any = client.getUnsafeApi();
  const signer = getPolkadotSigner(alice.publicKey, 'Sr25519', (payload) => alice.sign(payload));
  const { register_limit, set_weights } = api.tx.SubtensorModule;
  const eventOf = ({ events }: any, type: string) => events.find(({ value }: any) => value.type === type)?.value.value;

  const order = { netuid: NETUID, hotkey: alice.address, limit_price: 2n * TAO };
  const registered = await register_limit(order).signAndSubmit(signer);
  expect(registered.ok).toBe(true);
  expect(eventOf(registered, 'NeuronRegistered')).toEqual([NETUID, 0, alice.address]);
  expect(await api.query.SubtensorModule.Uids.getValue(NETUID, alice.address)).toBe(0);

  const weights = { netuid: NETUID, dests: [0], weights: [7], version_key: 0n };
  const set = await set_weights(weights).signAndSubmit(signer);
  expect(set.ok).toBe(true);
  expect(eventOf(set, 'WeightsSet')).toEqual([NETUID, 0]);
  expect(await api.query.SubtensorModule.Weights.getValue(NETUID, 0)).toEqual([[0, 65_535]]);
});

it('dedot registers, sets weights, and sees the events of both', async () => {
  const { alice } = devnet;
  const client: any = await LegacyClient.new(new DedotProvider(devnet.url));
  ends.push(() => client.disconnect());
  const { burnedRegister, setWeights } = client.tx.subtensorModule;
  const { NeuronRegistered, WeightsSet } = client.events.subtensorModule;

  const registered = await burnedRegister(NETUID, alice.address).signAndSend(alice).untilFinalized();
  expect(registered.dispatchError).toBeUndefined();
  expect(NeuronRegistered.find(registered.events).palletEvent.data.slice(0, 2)).toEqual([NETUID, 0]);
  expect(await client.query.subtensorModule.uids([NETUID, alice.address])).toBe(0);

  const set = await setWeights(NETUID, [0], [7], 0n).signAndSend(alice).untilFinalized();
  expect(set.dispatchError).toBeUndefined();
  expect(WeightsSet.find(set.events).palletEvent.data).toEqual([NETUID, 0]);
  expect(await client.query.subtensorModule.weights([NETUID, 0])).toEqual([[0, 65_535]]);
});
