/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-argument, @typescript-eslint/no-unsafe-return -- these clients learn from the chain which calls there are */
import { ApiPromise, WsProvider } from '@polkadot/api';
import { Keyring } from '@polkadot/keyring';
import type { KeyringPair } from '@polkadot/keyring/types';
import { LegacyClient, WsProvider as DedotProvider } from 'dedot';
import { createClient } from 'polkadot-api';
import { getPolkadotSigner } from 'polkadot-api/signer';
import { getWsProvider } from 'polkadot-api/ws';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NETUID } from '../../support/devnet-calls.ts';
import { startTestDevnet, TAO, type TestDevnet } from '../../support/devnet.ts';

let devnet: TestDevnet;
let carol: KeyringPair;
const ends: (() => unknown)[] = [];

beforeEach(async () => {
  devnet = await startTestDevnet();
  carol = new Keyring({ type: 'sr25519' }).addFromUri('//Carol');
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  await devnet.close();
});

it('@polkadot/api makes a staking proxy, which stakes', async () => {
  const { alice, validator } = devnet;
  const api: any = await ApiPromise.create({ provider: new WsProvider(devnet.url) as never, noInitWarn: true });
  ends.push(() => api.disconnect());
  const eventsOf = (call: any, signer: KeyringPair): Promise<any[]> =>
    new Promise((resolve, reject) => {
      const hear = ({ isCompleted, events }: any): void => {
        if (isCompleted) resolve(events.map(({ event }: any) => event));
      };
      call.signAndSend(signer, hear).catch(reject);
    });
  const { proxy, balances, utility, subtensorModule } = api.tx;
  const added = await eventsOf(
    utility.batchAll([balances.transferKeepAlive(carol.address, TAO), proxy.addProxy(carol.address, 'Staking', 0)]),
    alice,
  );
  expect(added.map(({ method }: any) => method)).toContain('ProxyAdded');
  const [[definition]] = (await api.query.proxy.proxies(alice.address)).toJSON();
  expect(definition).toEqual({ delegate: carol.address, proxyType: 'Staking', delay: 0 });

  const stake = subtensorModule.addStake(validator.address, NETUID, TAO);
  const events = await eventsOf(proxy.proxy(alice.address, 'Staking', stake), carol);
  expect(events.find(({ method }: any) => method === 'ProxyExecuted').data.toJSON()).toEqual([{ ok: null }]);
  const transfer = balances.transferKeepAlive(carol.address, TAO);
  const [refused] = (await eventsOf(proxy.proxy(alice.address, null, transfer), carol)).filter(
    ({ method }: any) => method === 'ProxyExecuted',
  );
  expect(api.registry.findMetaError(refused.data[0].asErr.asModule).name).toBe('CallFiltered');
});

it('polkadot-api (PAPI) makes a proxy and reads it', async () => {
  const { alice } = devnet;
  const client = createClient(getWsProvider(devnet.url));
  ends.push(() => client.destroy());
  const api: any = client.getUnsafeApi();
  const signer = getPolkadotSigner(alice.publicKey, 'Sr25519', (payload) => alice.sign(payload));
  const delegate = { type: 'Id', value: carol.address };
  const proxyType = { type: 'Registration', value: undefined };
  const result = await api.tx.Proxy.add_proxy({ delegate, proxy_type: proxyType, delay: 0 }).signAndSubmit(signer);
  expect(result.ok).toBe(true);
  const [[definition]] = await api.query.Proxy.Proxies.getValue(alice.address);
  expect(definition).toMatchObject({ delegate: carol.address, proxy_type: { type: 'Registration' } });
});

it('dedot makes a proxy and reads it', async () => {
  const { alice } = devnet;
  const client: any = await LegacyClient.new(new DedotProvider(devnet.url));
  ends.push(() => client.disconnect());
  const result = await client.tx.proxy.addProxy(carol.address, 'Staking', 0).signAndSend(alice).untilFinalized();
  expect(result.dispatchError).toBeUndefined();
  const [[definition]] = await client.query.proxy.proxies(alice.address);
  expect(definition.proxyType).toBe('Staking');
});
