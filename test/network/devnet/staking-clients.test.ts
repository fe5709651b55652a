/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-argument, @typescript-eslint/no-unsafe-return -- these clients learn from the chain which calls there are */
import { ApiPromise, WsProvider } from '@polkadot/api';
import { encodeAddress } from '@polkadot/util-crypto';
import { LegacyClient, WsProvider as DedotProvider } from 'dedot';
import { createClient } from 'polkadot-api';
import { getPolkadotSigner } from 'polkadot-api/signer';
import { getWsProvider } from 'polkadot-api/ws';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { subnetEmissionEnabled } from '#network/devnet/pallets/subtensor/storage-subnet.ts';
import { associateHotkey } from '#network/devnet/pallets/subtensor/hotkeys.ts';
import { accountNamed, NETUID, OWNER } from '../../support/devnet-calls.ts';
import { startTestDevnet, TAO, type TestDevnet } from '../../support/devnet.ts';

let devnet: TestDevnet;
/** Without a neuron and not the subnet's owner's, so that nothing is paid to it. */
const HOTKEY = accountNamed('hotkey');
let hotkey: string;
const ends: (() => unknown)[] = [];

beforeEach(async () => {
  devnet = await startTestDevnet(50, (state) => {
    // Emission moves the price, so that a quote would hold for one block only.
    state.set(subnetEmissionEnabled, NETUID, false);
    associateHotkey(state, OWNER, HOTKEY);
  });
  hotkey = encodeAddress(HOTKEY, 42);
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  await devnet.close();
});

const SPENT = 10n * TAO;
const LIMIT = 110_000_000n;

it('@polkadot/api quotes, stakes with a limit, reads the stake and unstakes', async () => {
  const { alice } = devnet;
  const api: any = await ApiPromise.create({ provider: new WsProvider(devnet.url) as never, noInitWarn: true });
  ends.push(() => api.disconnect());
  const eventsOf = (call: any): Promise<any[]> =>
    new Promise((resolve, reject) => {
      call
        .signAndSend(alice, ({ isCompleted, events }: any) => {
          if (isCompleted) resolve(events.map(({ event }: any) => event));
        })
        .catch(reject);
    });
  const { swapRuntimeApi, stakeInfoRuntimeApi } = api.call;
  expect((await swapRuntimeApi.currentAlphaPrice(NETUID)).toBigInt()).toBe(99_999_999n); // 0.1 TAO, rounded down as on the chain
  const quote = await swapRuntimeApi.simSwapTaoForAlpha(NETUID, SPENT);

  const { addStakeLimit, removeStakeFullLimit } = api.tx.subtensorModule;
  const staked = await eventsOf(addStakeLimit(hotkey, NETUID, SPENT, LIMIT, false));
  const added = staked.find(({ method }: any) => method === 'StakeAdded');
  expect(added.data.toJSON()).toEqual([
    ...[alice.address, hotkey, Number(SPENT)],
    ...[quote.alphaAmount.toNumber(), NETUID, quote.taoFee.toNumber()],
  ]);
  const [info] = await stakeInfoRuntimeApi.getStakeInfoForColdkey(alice.address);
  expect(info.stake.toBigInt()).toBe(quote.alphaAmount.toBigInt());
  expect(info.toJSON()).toMatchObject({ hotkey, netuid: NETUID, isRegistered: false });
  const share = await api.query.subtensorModule.alphaV2(hotkey, alice.address, NETUID);
  expect(share.mantissa.toBigInt()).toBeGreaterThan(0n);
  expect((await stakeInfoRuntimeApi.getColdkeyLock(alice.address, NETUID)).isNone).toBe(true);
  const available = await stakeInfoRuntimeApi.getStakeAvailabilityForColdkeys([alice.address], null);
  expect(Object.values(available.toJSON())).toMatchObject([{ [NETUID]: { locked: 0 } }]);

  // Fixed-point numbers of 64 and of 32 binary places have one name.
  expect((await api.query.subtensorModule.burnIncreaseMult(NETUID)).toJSON()).toEqual({
    bits: '0x0000000000000001428f5c28f5c29000',
  });
  expect((await api.query.subtensorModule.rootProp(NETUID)).bits.toBigInt()).toBe(0n);
  expect((await api.query.subtensorModule.subnetMovingPrice(NETUID)).bits.toBigInt()).toBe(0n);

  const unstaked = await eventsOf(removeStakeFullLimit(hotkey, NETUID, null));
  expect(unstaked.map(({ method }: any) => method)).toContain('StakeRemoved');
  expect((await stakeInfoRuntimeApi.getStakeInfoForColdkey(alice.address)).toJSON()).toEqual([]);

  // With the fees too every rao is on an account.
  const at = await api.at((await api.rpc.chain.getFinalizedHead()).toHex());
  const accounts: any[] = await at.query.system.account.entries();
  const held = accounts.reduce<bigint>((sum, [, { data }]) => sum + BigInt(data.free.toString()), 0n);
  expect((await at.query.balances.totalIssuance()).toBigInt()).toBe(held);
  expect((await at.query.subtensorModule.totalIssuance()).toBigInt()).toBe(held);
});

it('@polkadot/api learns the names of the errors of both pallets', async () => {
  const { alice } = devnet;
  const api: any = await ApiPromise.create({ provider: new WsProvider(devnet.url) as never, noInitWarn: true });
  ends.push(() => api.disconnect());
  const errorOf = (call: any): Promise<string> =>
    new Promise((resolve, reject) => {
      const hear = ({ isCompleted, dispatchError }: any): void => {
        if (isCompleted) resolve(api.registry.findMetaError(dispatchError.asModule).name);
      };
      call.signAndSend(alice, hear).catch(reject);
    });
  const { addStakeLimit } = api.tx.subtensorModule;
  const order = [hotkey, NETUID, 900n * TAO] as const;
  expect(await errorOf(addStakeLimit(...order, LIMIT, false))).toBe('SlippageTooHigh');
  expect(await errorOf(addStakeLimit(...order, 1n, true))).toBe('PriceLimitExceeded');
});

it('polkadot-api (PAPI) quotes, stakes with a limit, reads the stake and unstakes', async () => {
  const { alice } = devnet;
  const client = createClient(getWsProvider(devnet.url));
  ends.push(() => client.destroy());
  const api: any = client.getUnsafeApi();
  const signer = getPolkadotSigner(alice.publicKey, 'Sr25519', (payload) => alice.sign(payload));
  const quote = await api.apis.SwapRuntimeApi.sim_swap_tao_for_alpha(NETUID, SPENT);

  const order = { hotkey, netuid: NETUID };
  const { add_stake_limit, remove_stake } = api.tx.SubtensorModule;
  const limited = { ...order, amount_staked: SPENT, limit_price: LIMIT, allow_partial: false };
  const staked = await add_stake_limit(limited).signAndSubmit(signer);
  expect(staked.ok).toBe(true);
  const added = staked.events.find(({ value }: any) => value.type === 'StakeAdded');
  expect(added.value.value).toEqual([
    ...[alice.address, hotkey, SPENT],
    ...[quote.alpha_amount, NETUID, quote.tao_fee],
  ]);
  const [info] = await api.apis.StakeInfoRuntimeApi.get_stake_info_for_coldkey(alice.address);
  expect(info).toMatchObject({ hotkey, netuid: NETUID, stake: quote.alpha_amount });

  const back = await api.apis.SwapRuntimeApi.sim_swap_alpha_for_tao(NETUID, info.stake);
  const unstaked = await remove_stake({ ...order, amount_unstaked: info.stake }).signAndSubmit(signer);
  const removed = unstaked.events.find(({ value }: any) => value.type === 'StakeRemoved');
  expect(removed.value.value.slice(2, 4)).toEqual([back.tao_amount, back.alpha_amount]);
  expect(await api.query.SubtensorModule.TotalHotkeyAlpha.getValue(hotkey, NETUID)).toBe(0n);
});

it('dedot quotes, stakes with a limit, reads the stake and unstakes', async () => {
  const { alice } = devnet;
  const client: any = await LegacyClient.new(new DedotProvider(devnet.url));
  ends.push(() => client.disconnect());
  const { swapRuntimeApi, stakeInfoRuntimeApi } = client.call;
  const quote = await swapRuntimeApi.simSwapTaoForAlpha(NETUID, SPENT);

  const { addStakeLimit, removeStakeLimit } = client.tx.subtensorModule;
  const staked = await addStakeLimit(hotkey, NETUID, SPENT, LIMIT, true).signAndSend(alice).untilFinalized();
  expect(staked.dispatchError).toBeUndefined();
  const added = client.events.subtensorModule.StakeAdded.find(staked.events);
  expect(added.palletEvent.data[3]).toBe(quote.alphaAmount);
  const [info] = await stakeInfoRuntimeApi.getStakeInfoForColdkey(alice.address);
  expect(info.stake).toBe(quote.alphaAmount);

  const unstaked = await removeStakeLimit(hotkey, NETUID, info.stake, 90_000_000n, true)
    .signAndSend(alice)
    .untilFinalized();
  expect(unstaked.dispatchError).toBeUndefined();
  expect(await stakeInfoRuntimeApi.getStakeInfoForColdkey(alice.address)).toEqual([]);
});
