import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressOf, coldkeyOf, keyPairFromSeed } from '#protocol/keys.ts';
import { type Alpha, alpha, type Rao, rao } from '#protocol/units.ts';
import { atNewest } from '#main/core/staking/chain-reads.ts';
import type { Order } from '#main/core/staking/orders.ts';
import { refuseTogether } from '#main/core/staking/quote-several.ts';
import { positionsFromStorage, readPositions } from '#main/core/staking/read-positions.ts';
import { networkRegistrationAllowed } from '#network/devnet/pallets/subtensor/storage-parameters.ts';
import { coldkeySwapAnnouncements } from '#network/devnet/pallets/subtensor/storage-stake.ts';
import { transferToggle } from '#network/devnet/pallets/subtensor/storage-subnet.ts';
import { foundSubnet } from '#network/devnet/pallets/subtensor/genesis-subnet.ts';
import { NETUID, OWNER, POOL } from '../../../support/devnet-calls.ts';
import { alice, SECOND, SECOND_HOTKEY, type StakingScene, startStakingScene } from './staking-scene.ts';

const TAO = 1_000_000_000n;
const second = addressOf(SECOND_HOTKEY);
const miner = addressOf(new Uint8Array(32).fill(5));
const friend = keyPairFromSeed(new Uint8Array(32).fill(6));
const movingAway = keyPairFromSeed(new Uint8Array(32).fill(9));
/** Where stake may not be given away, and nobody may register. */
const CLOSED = 3;

let scene: StakingScene;
let validator: string;
beforeAll(async () => {
  scene = await startStakingScene((state) => {
    foundSubnet(state, { netuid: CLOSED, coldkey: OWNER, hotkey: SECOND_HOTKEY, tempo: 10, ...POOL });
    state.set(transferToggle, CLOSED, false);
    state.set(networkRegistrationAllowed, CLOSED, false);
    state.set(coldkeySwapAnnouncements, movingAway.publicKey, [700, new Uint8Array(32)]);
  });
  validator = scene.devnet.validator.address;
});
afterAll(() => scene.close());

const stakeOf = async (hotkey: string, netuid: number, who = alice): Promise<Alpha> => {
  const { positions } = await scene.overview(who);
  return positions.find((each) => each.hotkey === hotkey && each.netuid === netuid)?.stake ?? alpha(0);
};
const free = async (): Promise<Rao> => (await scene.overview()).free;
const done = async (order: Order) => {
  const quoted = await scene.quoted(order);
  const { end } = await scene.place([quoted]);
  expect(end.kind).toBe('finalized');
  return quoted.quote;
};
const refusal = async (order: Order): Promise<string> => {
  const quote = await scene.quote(order);
  return quote.kind === 'refused' ? quote.reason : 'quoted';
};

describe('orders on a chain', () => {
  it('stake as quoted, and no less than the limit allows', async () => {
    const before = await free();
    const quote = await done({ kind: 'stake', hotkey: validator, netuid: NETUID, amount: rao(10n * TAO) });
    const staked = await stakeOf(validator, NETUID);
    expect(staked).toBeGreaterThanOrEqual(quote.leastReceived!.amount);
    expect(Math.abs(Number(staked) / Number(quote.receives!.amount) - 1)).toBeLessThan(0.001);
    expect(before - (await free())).toBe(10n * TAO + quote.transactionFee);
    const { positions, subnets, stakedWorth, swap, existentialDeposit } = await scene.overview();
    expect(positions).toMatchObject([{ hotkey: validator, netuid: NETUID, isRegistered: false }]);
    expect(Number(stakedWorth) / 1e10).toBeCloseTo(1, 2);
    expect(subnets).toMatchObject([{ netuid: NETUID, total: staked, locked: 0n, available: staked }]);
    expect([swap, existentialDeposit]).toEqual([null, 500n]);
  });

  it('read the same from storage where the runtime has no function for it', async () => {
    const [byApi, byStorage] = await scene.chain.connection.ask('both', async (api) => {
      const at = await atNewest(api);
      return Promise.all([readPositions(at, coldkeyOf(alice)), positionsFromStorage(at, alice.address)]);
    });
    expect(byApi).toHaveLength(1);
    expect(byStorage).toEqual(byApi.map((each) => ({ ...each, dividends: 0n })));
  });

  it('unstake a part', async () => {
    const [before, staked] = [await free(), await stakeOf(validator, NETUID)];
    const amount = alpha(20n * TAO);
    const quote = await done({ kind: 'unstake', hotkey: validator, netuid: NETUID, amount });
    expect((await free()) - before + quote.transactionFee).toBeGreaterThanOrEqual(quote.leastReceived!.amount);
    expect(staked - (await stakeOf(validator, NETUID))).toBe(amount);
  });

  it('move within a subnet without a loss, and to another one near the quote', async () => {
    const staked = await stakeOf(validator, NETUID);
    const from = { hotkey: validator, netuid: NETUID };
    await done({ kind: 'move', from, to: { hotkey: second, netuid: NETUID }, amount: alpha(30n * TAO) });
    expect(await stakeOf(second, NETUID)).toBe(30n * TAO);
    expect(await stakeOf(validator, NETUID)).toBe(staked - 30n * TAO);
    const place = { hotkey: second, netuid: SECOND };
    const away: Order = { kind: 'move', from: { hotkey: second, netuid: NETUID }, to: place, amount: 'everything' };
    const quote = await done(away);
    expect(await stakeOf(second, NETUID)).toBe(0n);
    const arrived = await stakeOf(second, SECOND);
    expect(Math.abs(Number(arrived) / Number(quote.receives!.amount) - 1)).toBeLessThan(0.001);
    expect(arrived).toBeGreaterThanOrEqual(quote.leastReceived!.amount);
    const home = await done({ kind: 'move', from: place, to: { hotkey: second, netuid: 0 }, amount: alpha(10n * TAO) });
    expect(Math.abs(Number(await stakeOf(second, 0)) / Number(home.receives!.amount) - 1)).toBeLessThan(0.001);
  });

  it('move to another subnet only within the limit, and keep the stake where it is when the price went away', async () => {
    const from = { hotkey: second, netuid: SECOND };
    const swap: Order = { kind: 'move', from, to: { hotkey: second, netuid: NETUID }, amount: alpha(5n * TAO) };
    const quoted = await scene.quoted(swap, { tolerancePpm: 1_000, isTyped: false });
    expect(quoted.quote).toMatchObject({ limit: { kind: 'ratio', from: SECOND, to: NETUID }, warnings: [] });
    await done({ kind: 'stake', hotkey: validator, netuid: NETUID, amount: rao(10n * TAO) });
    const before = await stakeOf(second, SECOND);
    const { end } = await scene.place([quoted]);
    const message = expect.stringContaining('moved beyond the limit') as string;
    expect(end).toMatchObject({ kind: 'refused', error: 'SlippageTooHigh', message });
    expect(await stakeOf(second, SECOND)).toBe(before);
    const again = await done(swap);
    expect(await stakeOf(second, NETUID)).toBeGreaterThanOrEqual(again.leastReceived!.amount);
  });

  it('give stake and TAO to another coldkey', async () => {
    const toColdkey = friend.address;
    const place = { hotkey: second, netuid: SECOND };
    await done({ kind: 'transfer-stake', ...place, toNetuid: SECOND, toColdkey, amount: alpha(5n * TAO) });
    expect(await stakeOf(second, SECOND, friend)).toBe(5n * TAO);
    await done({ kind: 'transfer', to: toColdkey, amount: rao(3n * TAO) });
    expect((await scene.overview(friend)).free).toBe(3n * TAO);
  });

  it('register for no more than the limit', async () => {
    const before = await free();
    const quote = await done({ kind: 'register', hotkey: miner, netuid: NETUID });
    const limit = quote.limit?.kind === 'cost' ? quote.limit.cost : rao(0);
    expect(before - (await free())).toBeLessThanOrEqual(limit + quote.transactionFee);
    expect(await refusal({ kind: 'register', hotkey: miner, netuid: NETUID })).toBe('registered');
    expect(await refusal({ kind: 'register', hotkey: validator, netuid: NETUID })).toBe('foreign-hotkey');
    expect(await refusal({ kind: 'register', hotkey: miner, netuid: CLOSED })).toBe('closed');
    expect(await refusal({ kind: 'register', hotkey: miner, netuid: 0 })).toBe('no-subnet');
  });

  it('go together or not at all', async () => {
    const orders = [
      await scene.quoted({ kind: 'stake', hotkey: validator, netuid: SECOND, amount: rao(TAO) }),
      await scene.quoted({ kind: 'transfer', to: friend.address, amount: rao(TAO) }),
    ];
    expect(refuseTogether(orders, { ...ACCOUNT, free: await free() })).toBeNull();
    expect((await scene.place(orders)).end.kind).toBe('finalized');
    expect((await scene.overview(friend)).free).toBe(4n * TAO);
    const tooDear = { order: orders[0]!.order, quote: { limit: { kind: 'price', price: 1n } } } as never;
    const { end } = await scene.place([orders[1]!, tooDear]);
    expect(end).toMatchObject({ kind: 'refused', block: expect.any(Number) as number });
    expect((await scene.overview(friend)).free).toBe(4n * TAO);
  });

  it('unstake everything, so that nothing is left', async () => {
    await done({ kind: 'unstake', hotkey: validator, netuid: NETUID, amount: 'everything' });
    expect(await stakeOf(validator, NETUID)).toBe(0n);
    expect(await refusal({ kind: 'unstake', hotkey: validator, netuid: NETUID, amount: 'everything' })).toBe('nothing');
  });

  it('are refused before anything is sent, by what the chain says', async () => {
    const stake = { kind: 'stake', hotkey: validator, netuid: NETUID, amount: rao(TAO) } as const;
    const stranger = addressOf(new Uint8Array(32).fill(77));
    expect(await refusal({ ...stake, hotkey: 'nobody' })).toBe('not-an-address');
    expect(await refusal({ ...stake, hotkey: stranger })).toBe('unknown-hotkey');
    expect(await refusal({ ...stake, netuid: 9 })).toBe('no-subnet');
    expect(await refusal({ ...stake, amount: rao(2_000_000) })).toBe('too-little');
    expect(await refusal({ ...stake, amount: rao(900n * TAO) })).toBe('beyond-limit');
    expect(await refusal({ ...stake, amount: rao(5_000n * TAO) })).toBe('too-much');
    expect(await refusal({ kind: 'transfer', to: friend.address, amount: await free() })).toBe('too-much');
    const most = rao((await free()) - 500n);
    expect(await refusal({ kind: 'transfer', to: friend.address, amount: most })).toBe('too-much');
    expect(await refusal({ kind: 'unstake', hotkey: second, netuid: SECOND, amount: alpha(1_000_000) })).toBe(
      'too-little',
    );
    expect(await refusal({ kind: 'unstake', hotkey: second, netuid: SECOND, amount: alpha(TAO * TAO) })).toBe(
      'too-much',
    );
    await done({ ...stake, hotkey: second, netuid: CLOSED });
    const gift = { kind: 'transfer-stake', hotkey: second, netuid: CLOSED, toNetuid: CLOSED } as const;
    expect(await refusal({ ...gift, toColdkey: friend.address, amount: 'everything' })).toBe('not-transferable');
    expect(await refusal({ kind: 'stake', hotkey: second, netuid: 0, amount: rao(TAO) })).toBe('quoted');
    expect((await scene.overview(movingAway)).swap).toEqual({ fromBlock: 700, isDisputed: false });
  });
});

const ACCOUNT = { block: 0, free: rao(0), transactionFee: rao(1_000_000), existentialDeposit: rao(500), swap: null };
