import type { ApiPromise } from '@polkadot/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderCall, ordersCall, type QuotedOrder } from '#main/core/staking/order-calls.ts';
import { price, type Ratio } from '#main/core/staking/amounts.ts';
import { EVERYTHING } from '#main/core/staking/orders.ts';
import { addressOf } from '#protocol/keys.ts';
import { alpha, rao } from '#protocol/units.ts';
import { NETUID } from '../../../support/devnet-calls.ts';
import { alice, SECOND, SECOND_HOTKEY, type StakingScene, startStakingScene } from './staking-scene.ts';

let scene: StakingScene;
beforeAll(async () => void (scene = await startStakingScene()));
afterAll(() => scene.close());

/** The library would print that it does not know them. */
const NO_BYTES = Object.fromEntries(
  ['SudoTransactionExtension', 'CheckShieldedTxValidity', 'SubtensorTransactionExtension', 'DrandPriority'].map(
    (name) => [name, { extrinsic: {}, payload: {} }],
  ),
);
const TAO = 1_000_000_000n;
const hotkey = addressOf(SECOND_HOTKEY);
const limit = { kind: 'price', price: price(7n) } as const;
const stake: QuotedOrder = { order: { kind: 'stake', hotkey, netuid: NETUID, amount: rao(TAO) }, quote: { limit } };
const withApi = <T>(work: (api: ApiPromise) => T): Promise<T> =>
  scene.chain.connection.ask('calls', (api) => Promise.resolve(work(api)));

describe('a node that lies about the chain', () => {
  it('cannot have another call signed than the one that was shown', async () => {
    const attempt = withApi((api) => {
      // As its metadata may have it: the name of one call, the number of another.
      const pallet = new Proxy(api.tx['subtensorModule']!, {
        get: (real, name) =>
          name === 'addStakeLimit'
            ? (to: string) => api.tx['balances']!['transferAll']!(to, false)
            : (Reflect.get(real, name) as unknown),
      });
      const lying = { tx: { subtensorModule: pallet } } as unknown as ApiPromise;
      return orderCall(lying, stake);
    });
    await expect(attempt).rejects.toThrow('what is shown would not be what is signed');
  });

  it('cannot have an amount signed as another field than it is', async () => {
    const attempt = withApi((api) => {
      const real = api.tx['subtensorModule']!;
      const swapped = (to: string, netuid: number, amount: bigint, bound: bigint, partial: boolean) =>
        real['addStakeLimit']!(to, netuid, bound, amount, partial);
      const pallet = new Proxy(real, {
        get: (of, name) => (name === 'addStakeLimit' ? swapped : (Reflect.get(of, name) as unknown)),
      });
      return orderCall({ tx: { subtensorModule: pallet } } as unknown as ApiPromise, stake);
    });
    await expect(attempt).rejects.toThrow('Nothing was signed');
  });

  it('cannot turn the number of a transaction into a tip', async () => {
    const extensions = await withApi((api) => [...api.registry.signedExtensions]);
    const fee = extensions.find((name) => name.startsWith('ChargeTransactionPayment'))!;
    const others = extensions.filter((name) => name !== fee);
    const set = (names: readonly string[]) => withApi((api) => api.registry.setSignedExtensions([...names], NO_BYTES));
    await set(others.flatMap((name) => (name === 'CheckNonce' ? [fee, name] : [name])));
    try {
      const quoted = await scene.quoted(stake.order);
      const written: unknown[] = [];
      const placed = scene.place([quoted], { writeDown: (sent) => void written.push(sent) });
      await expect(placed).rejects.toThrow('Nothing was signed');
      expect(written).toEqual([]);
    } finally {
      await set(extensions);
    }
  });

  it('is believed in what every order of Subtensor is', async () => {
    const cost = { kind: 'cost', cost: rao(3n * TAO) } as const;
    const ratio = { kind: 'ratio', ratio: 995_000_000n as Ratio, from: NETUID, to: SECOND } as const;
    const [from, to] = [
      { hotkey, netuid: NETUID },
      { hotkey: alice.address, netuid: SECOND },
    ];
    const orders: readonly QuotedOrder[] = [
      stake,
      { order: { kind: 'unstake', ...from, amount: alpha(5) }, quote: { limit } },
      { order: { kind: 'unstake', ...from, amount: EVERYTHING }, quote: { limit } },
      { order: { kind: 'move', from, to, amount: alpha(5) }, quote: { limit: null } },
      { order: { kind: 'move', from, to: { hotkey, netuid: SECOND }, amount: EVERYTHING }, quote: { limit: ratio } },
      {
        order: { kind: 'transfer-stake', ...from, toNetuid: SECOND, toColdkey: alice.address, amount: EVERYTHING },
        quote: { limit: null },
      },
      { order: { kind: 'transfer', to: alice.address, amount: rao(123_456_789_012n) }, quote: { limit: null } },
      { order: { kind: 'register', ...from }, quote: { limit: cost } },
    ];
    const call = await withApi((api) => ordersCall(api, orders));
    expect(call.method.args[0]).toHaveLength(orders.length);
  });
});
