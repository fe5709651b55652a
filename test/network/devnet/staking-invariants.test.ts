import { expect, it } from 'vitest';
import { alpha, rao, RAO_PER_TAO as TAO } from '#protocol/units.ts';
import { randomStream } from '#protocol/random.ts';
import { account } from '#network/devnet/pallets/system.ts';
import { poolOf } from '#network/devnet/pallets/subtensor/market.ts';
import { stakeOf, stakeOfHotkey } from '#network/devnet/pallets/subtensor/share-pool.ts';
import { totalIssuance as subtensorIssuance } from '#network/devnet/pallets/subtensor/storage-stake.ts';
import { subnetAlphaIn, subnetAlphaOut, subnetTao } from '#network/devnet/pallets/subtensor/storage-subnet.ts';
import { subnetAccount } from '#network/devnet/pallets/subtensor/subnet-account.ts';
import { compareRates } from '#network/devnet/pool/curve.ts';
import { baseWeight, type Pool } from '#network/devnet/pool/pool.ts';
import { quoteAlphaForTao, quoteTaoForAlpha } from '#network/devnet/pool/quote.ts';
import { totalIssuance } from '#network/devnet/runtime/issuance.ts';
import { freeBalance } from '#network/devnet/runtime/money.ts';
import { swapBalancer } from '#network/devnet/pallets/swap/swap-storage.ts';
import { accountNamed, Calls, NETUID, type Outcome, stateWith, VALIDATOR } from '../../support/devnet-calls.ts';

const ORDERS = 5_000;
const ROOT = 0;
const COLDKEYS = ['alice', 'bob', 'carol', 'dave'].map(accountNamed);
const HOTKEYS = [VALIDATOR, accountNamed('other')];
const MODULE = 'SubtensorModule';

type Random = ReturnType<typeof randomStream>;

const pick = <T>(random: Random, of: readonly T[]): T => of[random.nextBelow(of.length)] as T;

/** From 10^5 to 10^13: all sizes alike. */
const someAmount = (random: Random): bigint =>
  BigInt(1 + random.nextBelow(999)) * 10n ** BigInt(5 + random.nextBelow(6));

/** A price near the current one: (w1 · tao) ÷ (w2 · alpha) × 0.9…1.1, in rao for one alpha. */
const nearPrice = (pool: Pool, random: Random): bigint =>
  (baseWeight(pool) * pool.tao * TAO * BigInt(900 + random.nextBelow(200))) / (pool.quoteWeight * pool.alpha * 1000n);

function someOrder(calls: Calls, random: Random): readonly [Uint8Array, string, Readonly<Record<string, unknown>>] {
  const coldkey = pick(random, COLDKEYS);
  const hotkey = pick(random, HOTKEYS);
  const netuid = random.nextBelow(8) === 0 ? ROOT : NETUID;
  const staked = stakeOf(calls.state, { hotkey, coldkey, netuid });
  const part = random.nextBelow(5) === 0 ? staked : (staked * BigInt(random.nextBelow(1000))) / 1000n;
  const limit = { limitPrice: nearPrice(poolOf(calls.state, NETUID), random), allowPartial: random.nextBelow(2) === 0 };
  const fromTo = { originNetuid: netuid, destinationNetuid: pick(random, [ROOT, NETUID]), alphaAmount: part };
  const at = { hotkey, netuid };
  const orders: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ['add_stake', { ...at, amountStaked: someAmount(random) }],
    ['add_stake_limit', { ...at, amountStaked: someAmount(random), ...limit }],
    ['remove_stake', { ...at, amountUnstaked: part }],
    ['remove_stake_limit', { ...at, amountUnstaked: part, ...limit }],
    ['remove_stake_full_limit', { ...at, limitPrice: pick(random, [undefined, limit.limitPrice]) }],
    ['move_stake', { originHotkey: hotkey, destinationHotkey: pick(random, HOTKEYS), ...fromTo }],
    ['transfer_stake', { destinationColdkey: pick(random, COLDKEYS), hotkey, ...fromTo }],
    ['swap_stake', { hotkey, ...fromTo }],
    ['swap_stake_limit', { hotkey, ...fromTo, ...limit }],
  ];
  const [name, args] = pick(random, orders);
  return [coldkey, name, args];
}

/** Fields of the first event of this name. */
const valueOf = (events: Outcome['events'], name: string): readonly unknown[] =>
  (events.find(({ type }) => type === name)?.value as readonly unknown[] | undefined) ?? [];

const rateOfPool = (pool: Pool) => ({
  numerator: baseWeight(pool) * pool.tao,
  denominator: pool.quoteWeight * pool.alpha,
});

function expectSoundBooks({ state }: Calls, alphaOfSubnet: bigint): void {
  const held = state.values(account).reduce((sum, { data }) => sum + data.free, 0n);
  expect(held).toBe(state.get(totalIssuance));
  expect(held).toBe(state.get(subtensorIssuance));
  for (const netuid of [ROOT, NETUID])
    expect(freeBalance(state, subnetAccount(netuid))).toBeGreaterThanOrEqual(state.get(subnetTao, netuid));
  expect(state.get(subnetAlphaIn, NETUID) + state.get(subnetAlphaOut, NETUID)).toBe(alphaOfSubnet);
  const ofHotkeys = HOTKEYS.reduce((sum, hotkey) => sum + stakeOfHotkey(state, hotkey, NETUID), 0n);
  expect(ofHotkeys).toBeLessThanOrEqual(state.get(subnetAlphaOut, NETUID));
  for (const hotkey of HOTKEYS) {
    const shared = COLDKEYS.reduce((sum, coldkey) => sum + stakeOf(state, { hotkey, coldkey, netuid: NETUID }), 0n);
    expect(shared).toBeLessThanOrEqual(stakeOfHotkey(state, hotkey, NETUID));
  }
}

it.each([
  ['equal weights', 500_000_000_000_000_000n],
  ['unequal weights', 437_000_000_000_000_000n],
])(
  'random orders conserve TAO and alpha, keep to their limits and to their quotes, with %s',
  (name, quote) => {
    const random = randomStream(new TextEncoder().encode(name));
    const calls = new Calls(stateWith(COLDKEYS.map((who) => [who, 100_000n * TAO] as const)));
    const { state } = calls;
    state.set(swapBalancer, NETUID, { quote });
    calls.send(COLDKEYS[0] ?? VALIDATOR, `${MODULE}.try_associate_hotkey`, { hotkey: HOTKEYS[1] });
    const alphaOfSubnet = state.get(subnetAlphaIn, NETUID);
    let done = 0;
    for (let order = 0; order < ORDERS; order += 1) {
      const before = poolOf(state, NETUID);
      const [coldkey, call, args] = someOrder(calls, random);
      const { error, events } = calls.send(coldkey, `${MODULE}.${call}`, args);
      // What is lost once stays lost, so now and then is enough.
      if (order % 10 === 0) expectSoundBooks(calls, alphaOfSubnet);
      if (error !== null) continue;
      done += 1;
      if (args['netuid'] !== NETUID) continue;
      const [, , received] = valueOf(events, 'StakeRemoved');
      const [, , , bought] = valueOf(events, 'StakeAdded');
      const { limitPrice, amountStaked, amountUnstaked } = args as Readonly<Record<string, bigint | undefined>>;
      if (limitPrice !== undefined) {
        const compared = compareRates(rateOfPool(poolOf(state, NETUID)), { numerator: limitPrice, denominator: TAO });
        expect(call.startsWith('add') ? compared : -compared).toBeLessThanOrEqual(0);
      } else if (amountStaked !== undefined) {
        expect(bought).toBe(quoteTaoForAlpha(before, rao(amountStaked)).alphaAmount);
      } else if (amountUnstaked !== undefined) {
        expect(received).toBe(quoteAlphaForTao(before, alpha(amountUnstaked)).taoAmount);
      }
    }
    expect(done).toBeGreaterThan(ORDERS / 5);
  },
  300_000,
);
