/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-argument -- these clients learn from the chain which calls there are */
import { ApiPromise, WsProvider } from '@polkadot/api';
import { DedotClient, WsProvider as DedotProvider } from 'dedot';
import { createClient } from 'polkadot-api';
import { getPolkadotSigner } from 'polkadot-api/signer';
import { getWsProvider } from 'polkadot-api/ws';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestDevnet, TAO, type TestDevnet } from '../../support/devnet.ts';

let devnet: TestDevnet;
const ends: (() => unknown)[] = [];

beforeEach(async () => {
  devnet = await startTestDevnet(null);
  // Also while nothing waits: dedot over chainHead_v1 sends only after it has seen a new block.
  const timer = setInterval(() => devnet.node.produceBlock(Date.now()), 50);
  ends.push(() => clearInterval(timer));
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  await devnet.close();
});

it('@polkadot/api reads a balance, asks the fee, transfers, and sees the events to finality', async () => {
  const { alice, bob } = devnet;
  const api: any = await ApiPromise.create({ provider: new WsProvider(devnet.url) as never, noInitWarn: true });
  ends.push(() => api.disconnect());
  const transfer = api.tx.balances.transferKeepAlive(bob.address, TAO);
  const { partialFee } = await transfer.paymentInfo(alice);
  const events = await new Promise<string[]>((resolve, reject) => {
    transfer
      .signAndSend(alice, (result: any) => {
        if (!result.isFinalized) return;
        resolve(result.events.map(({ event }: any) => `${event.section}.${event.method}`));
      })
      .catch(reject);
  });
  expect(events).toEqual([
    'balances.Withdraw',
    'system.NewAccount',
    'balances.Endowed',
    'balances.Transfer',
    'balances.Deposit',
    'transactionPayment.TransactionFeePaid',
    'system.ExtrinsicSuccess',
  ]);
  const [ofAlice, ofBob] = await api.query.system.account.multi([alice.address, bob.address]);
  expect(ofBob.data.free.toBigInt()).toBe(TAO);
  expect(ofAlice.data.free.toBigInt()).toBe(999n * TAO - partialFee.toBigInt());
});

it('polkadot-api (PAPI) reads a balance, storage of a map and the finalized block, and transfers', async () => {
  const { alice, bob } = devnet;
  const client = createClient(getWsProvider(devnet.url));
  ends.push(() => client.destroy());
  const api: any = client.getUnsafeApi();
  const signer = getPolkadotSigner(alice.publicKey, 'Sr25519', (payload) => alice.sign(payload));
  const dest = { type: 'Id', value: bob.address };
  const result = await api.tx.Balances.transfer_keep_alive({ dest, value: 2n * TAO }).signAndSubmit(signer);
  expect(result.ok).toBe(true);
  const account = await api.query.System.Account.getValue(bob.address);
  expect(account.data.free).toBe(2n * TAO);
  expect(await api.query.System.Account.getEntries()).toHaveLength(3);
  const finalized = await client.getFinalizedBlock();
  expect(devnet.node.blockHash(finalized.number)).toBe(finalized.hash.slice(2));
});

it.each([
  ['the older methods', 'legacy'],
  ['chainHead_v1', 'v2'],
] as const)('dedot over %s reads a balance, storage of a map and old blocks, and transfers', async (_, rpcVersion) => {
  const { alice, bob } = devnet;
  const client: any = await DedotClient.new({ provider: new DedotProvider(devnet.url), rpcVersion });
  ends.push(() => client.disconnect());
  const result = await client.tx.balances
    .transferKeepAlive(bob.address, 3n * TAO)
    .signAndSend(alice)
    .untilFinalized();
  expect(result.dispatchError).toBeUndefined();
  const account = await client.query.system.account(bob.address);
  expect(account.data.free).toBe(3n * TAO);
  expect(await client.query.system.account.entries()).toHaveLength(3);
  const genesis = await client.at(`0x${devnet.node.genesisHash}`);
  expect((await genesis.query.system.account(alice.address)).data.free).toBe(1000n * TAO);
});
