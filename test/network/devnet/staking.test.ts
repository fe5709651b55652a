import { expect, it } from 'vitest';
import { alpha, rao, RAO_PER_TAO as TAO } from '#protocol/units.ts';
import { poolOf } from '#network/devnet/pallets/subtensor/market.ts';
import { addStakeForAll, stakeOf, stakeOfHotkey } from '#network/devnet/pallets/subtensor/share-pool.ts';
import { nominatorMinRequiredStake, owner, stakingHotkeys } from '#network/devnet/pallets/subtensor/storage-stake.ts';
import { subtokenEnabled, transferToggle } from '#network/devnet/pallets/subtensor/storage-subnet.ts';
import { BURN_ACCOUNT, subnetAccount } from '#network/devnet/pallets/subtensor/subnet-account.ts';
import { priceRao, taoWorth } from '#network/devnet/pool/pool.ts';
import { quoteAlphaForTao, quoteTaoForAlpha } from '#network/devnet/pool/quote.ts';
import { freeBalance } from '#network/devnet/runtime/money.ts';
import { accountNamed, Calls, NETUID, stateWith, VALIDATOR } from '../../support/devnet-calls.ts';

const ALICE = accountNamed('alice');
const BOB = accountNamed('bob');
const STRANGER = accountNamed('stranger');
const ROOT = 0;

const chain = (): Calls => new Calls(stateWith([[ALICE, 1000n * TAO]]));
const atSubnet = { hotkey: VALIDATOR, netuid: NETUID };
const ofAlice = { ...atSubnet, coldkey: ALICE };

const add = (calls: Calls, amountStaked: bigint, args = {}) =>
  calls.send(ALICE, 'SubtensorModule.add_stake', { ...atSubnet, amountStaked, ...args });
const remove = (calls: Calls, amountUnstaked: bigint, args = {}) =>
  calls.send(ALICE, 'SubtensorModule.remove_stake', { ...atSubnet, amountUnstaked, ...args });

it('staking executes what the quote said, and says so', () => {
  const calls = chain();
  const quote = quoteTaoForAlpha(poolOf(calls.state, NETUID), rao(10n * TAO));
  const { error, events } = add(calls, 10n * TAO);
  expect(error).toBeNull();
  expect(stakeOf(calls.state, ofAlice)).toBe(quote.alphaAmount);
  expect(events.at(-1)).toEqual({
    type: 'StakeAdded',
    value: [ALICE, VALIDATOR, 10n * TAO, quote.alphaAmount, NETUID, quote.taoFee],
  });
  expect(quote.taoAmount + quote.taoFee).toBe(10n * TAO);
  expect(freeBalance(calls.state, ALICE)).toBe(990n * TAO);
  expect(freeBalance(calls.state, BURN_ACCOUNT)).toBe(quote.taoFee);
  expect(freeBalance(calls.state, subnetAccount(NETUID))).toBe(poolOf(calls.state, NETUID).tao);
  expect(calls.state.get(stakingHotkeys, ALICE)).toEqual([VALIDATOR]);
});

it('unstaking executes what the quote said, and takes all for more than there is', () => {
  const calls = chain();
  add(calls, 10n * TAO);
  const staked = stakeOf(calls.state, ofAlice);
  const quote = quoteAlphaForTao(poolOf(calls.state, NETUID), alpha(staked));
  const { error, events } = remove(calls, 2n * staked);
  expect(error).toBeNull();
  expect(events.at(-1)).toEqual({
    type: 'StakeRemoved',
    value: [ALICE, VALIDATOR, quote.taoAmount, quote.alphaAmount, NETUID, quote.alphaFee],
  });
  expect(freeBalance(calls.state, ALICE)).toBe(990n * TAO + quote.taoAmount);
  expect(stakeOf(calls.state, ofAlice)).toBe(0n);
});

it.each([
  ['less than the minimum and its fee', 2_000_000n, {}, 'AmountTooLow'],
  ['more than the balance', 1001n * TAO, {}, 'NotEnoughBalanceToStake'],
  ['more than a thousand times what the pool holds', 10_000_001n * TAO, {}, 'InsufficientLiquidity'],
  ['with a hotkey that nobody knows', TAO, { hotkey: STRANGER }, 'HotKeyAccountNotExists'],
  ['in a subnet that there is not', TAO, { netuid: 7 }, 'SubnetNotExists'],
])('%s is not staked', (_, amount, args, error) => {
  const calls = chain();
  expect(add(calls, amount, args)).toEqual({ error, events: [] });
  expect(freeBalance(calls.state, ALICE)).toBe(1000n * TAO);
});

it('a subnet whose alpha is not traded yet takes no stake', () => {
  const calls = chain();
  calls.state.set(subtokenEnabled, NETUID, false);
  expect(add(calls, TAO).error).toBe('SubtokenDisabled');
});

it('a part that would bring less than the minimum is not unstaked, the whole is', () => {
  const calls = chain();
  add(calls, 3_000_000n);
  const staked = stakeOf(calls.state, ofAlice);
  expect(remove(calls, staked / 2n).error).toBe('AmountTooLow');
  expect(remove(calls, staked).error).toBeNull();
  expect(remove(calls, 1n).error).toBe('AmountTooLow');
});

it('with a limit a stake is filled in part up to the limit, or not at all', () => {
  const calls = chain();
  const limitPrice = 101_000_000n;
  const order = { ...atSubnet, amountStaked: 500n * TAO, limitPrice };
  const whole = calls.send(ALICE, 'SubtensorModule.add_stake_limit', { ...order, allowPartial: false });
  expect(whole).toEqual({ error: 'SlippageTooHigh', events: [] });
  const part = calls.send(ALICE, 'SubtensorModule.add_stake_limit', { ...order, allowPartial: true });
  expect(part.error).toBeNull();
  const price = priceRao(poolOf(calls.state, NETUID));
  expect(price).toBeLessThanOrEqual(limitPrice);
  expect(price).toBeGreaterThan(limitPrice - 100n);
  const spent = 1000n * TAO - freeBalance(calls.state, ALICE);
  expect(spent).toBeGreaterThan(49n * TAO);
  expect(spent).toBeLessThan(51n * TAO);
  const beyond = calls.send(ALICE, 'SubtensorModule.add_stake_limit', { ...order, limitPrice: 90_000_000n });
  expect(beyond.error).toBe('Swap.PriceLimitExceeded');
});

it('with a limit an unstake is filled in part down to the limit, and the rest stays staked', () => {
  const calls = chain();
  add(calls, 500n * TAO);
  const staked = stakeOf(calls.state, ofAlice);
  const limitPrice = 105_000_000n;
  const order = { ...atSubnet, amountUnstaked: staked, limitPrice };
  const name = 'SubtensorModule.remove_stake_limit';
  expect(calls.send(ALICE, name, { ...order, allowPartial: false }).error).toBe('SlippageTooHigh');
  const { error, events } = calls.send(ALICE, name, { ...order, allowPartial: true });
  expect(error).toBeNull();
  const [, , , sold, , fee] = events.at(-1)?.value as readonly [never, never, never, bigint, never, bigint];
  expect(stakeOf(calls.state, ofAlice)).toBe(staked - sold - fee);
  const price = priceRao(poolOf(calls.state, NETUID));
  expect(price).toBeGreaterThanOrEqual(limitPrice - 1n); // the price is rounded down
  expect(price).toBeLessThan(limitPrice + 100n);
});

it('everything with a hotkey is unstaked with a limit or without', () => {
  const calls = chain();
  const full = { ...atSubnet, limitPrice: undefined };
  add(calls, 5n * TAO);
  expect(calls.send(ALICE, 'SubtensorModule.remove_stake_full_limit', { ...full, limitPrice: TAO }).error).toBe(
    'Swap.PriceLimitExceeded',
  );
  expect(calls.send(ALICE, 'SubtensorModule.remove_stake_full_limit', full).error).toBeNull();
  expect(stakeOf(calls.state, ofAlice)).toBe(0n);
});

it('stake on root is TAO one for one, without a fee', () => {
  const calls = chain();
  expect(add(calls, TAO, { netuid: ROOT }).error).toBeNull();
  expect(stakeOf(calls.state, { ...ofAlice, netuid: ROOT })).toBe(TAO);
  expect(remove(calls, TAO, { netuid: ROOT }).error).toBeNull();
  expect(freeBalance(calls.state, ALICE)).toBe(1000n * TAO);
});

it('all alpha with a hotkey becomes stake on root, and all stake becomes TAO', () => {
  const calls = chain();
  add(calls, 10n * TAO);
  expect(calls.send(ALICE, 'SubtensorModule.unstake_all_alpha', { hotkey: VALIDATOR }).error).toBeNull();
  expect(stakeOf(calls.state, ofAlice)).toBe(0n);
  const onRoot = stakeOf(calls.state, { ...ofAlice, netuid: ROOT });
  expect(onRoot).toBeGreaterThan((998n * 10n * TAO) / 1000n);
  add(calls, 10n * TAO);
  expect(calls.send(ALICE, 'SubtensorModule.unstake_all', { hotkey: VALIDATOR }).error).toBeNull();
  expect(stakeOf(calls.state, { ...ofAlice, netuid: ROOT })).toBe(0n);
  expect(freeBalance(calls.state, ALICE)).toBeGreaterThan(999n * TAO);
});

it('stake moves to another hotkey of the subnet as it is', () => {
  const calls = chain();
  calls.send(BOB, 'SubtensorModule.try_associate_hotkey', { hotkey: STRANGER });
  add(calls, 10n * TAO);
  const staked = stakeOf(calls.state, ofAlice);
  const move = { originHotkey: VALIDATOR, destinationHotkey: STRANGER, originNetuid: 1, destinationNetuid: 1 };
  const moved = calls.send(ALICE, 'SubtensorModule.move_stake', { ...move, alphaAmount: staked });
  expect(moved.error).toBeNull();
  expect(moved.events.map(({ type }) => type)).toEqual(['StakeRemoved', 'StakeAdded', 'StakeMoved']);
  expect(stakeOf(calls.state, { ...ofAlice, hotkey: STRANGER })).toBe(staked);
});

it('stake can be given to another coldkey, unless the subnet forbids it', () => {
  const calls = chain();
  add(calls, 10n * TAO);
  const gift = { destinationColdkey: BOB, hotkey: VALIDATOR, originNetuid: 1, destinationNetuid: 1 };
  const given = calls.send(ALICE, 'SubtensorModule.transfer_stake', { ...gift, alphaAmount: TAO });
  expect(given.error).toBeNull();
  expect(stakeOf(calls.state, { ...ofAlice, coldkey: BOB })).toBe(TAO);
  expect(given.events.at(-1)).toEqual({
    type: 'StakeTransferred',
    value: [ALICE, BOB, VALIDATOR, NETUID, NETUID, taoWorth(poolOf(calls.state, NETUID), alpha(TAO))],
  });
  calls.state.set(transferToggle, NETUID, false);
  expect(calls.send(ALICE, 'SubtensorModule.transfer_stake', { ...gift, alphaAmount: TAO }).error).toBe(
    'TransferDisallowed',
  );
});

it('stake is swapped between subnets with one fee, and within a limit', () => {
  const calls = chain();
  add(calls, 10n * TAO);
  const staked = stakeOf(calls.state, ofAlice);
  const swap = { hotkey: VALIDATOR, originNetuid: NETUID, destinationNetuid: ROOT, alphaAmount: staked };
  const limited = { ...swap, limitPrice: 200_000_000n, allowPartial: false };
  expect(calls.send(ALICE, 'SubtensorModule.swap_stake_limit', limited).error).toBe('Swap.PriceLimitExceeded');
  const { error, events } = calls.send(ALICE, 'SubtensorModule.swap_stake_limit', {
    ...limited,
    limitPrice: 99_000_000n,
  });
  expect(error).toBeNull();
  const onRoot = stakeOf(calls.state, { ...ofAlice, netuid: ROOT });
  expect(events.at(-1)).toEqual({ type: 'StakeSwapped', value: [ALICE, VALIDATOR, NETUID, ROOT, onRoot] });
  expect(calls.send(ALICE, 'SubtensorModule.swap_stake', { ...swap, originNetuid: ROOT }).error).toBe('SameNetuid');
  const back = { ...swap, originNetuid: ROOT, destinationNetuid: NETUID, alphaAmount: onRoot };
  expect(calls.send(ALICE, 'SubtensorModule.swap_stake', back).error).toBeNull();
});

it('what a hotkey earns for all is divided by shares', () => {
  const rich = [ALICE, BOB].map((who) => [who, 1000n * TAO] as const);
  const calls = new Calls(stateWith(rich));
  add(calls, 10n * TAO);
  calls.send(BOB, 'SubtensorModule.add_stake', { ...atSubnet, amountStaked: 30n * TAO });
  const positions = [ofAlice, { ...ofAlice, coldkey: BOB }];
  const before = positions.map((position) => stakeOf(calls.state, position));
  const total = stakeOfHotkey(calls.state, VALIDATOR, NETUID);
  addStakeForAll(calls.state, VALIDATOR, NETUID, total);
  const missing = positions.map((position, i) => 2n * (before[i] ?? 0n) - stakeOf(calls.state, position));
  expect(missing.every((amount) => amount >= -1n && amount <= 1n)).toBe(true);
});

it('a nomination that has become too small is given back', () => {
  const calls = chain();
  calls.state.set(nominatorMinRequiredStake, TAO);
  add(calls, 2n * TAO);
  const staked = stakeOf(calls.state, ofAlice);
  const { error, events } = remove(calls, (staked * 2n) / 3n);
  expect(error).toBeNull();
  expect(events.filter(({ type }) => type === 'StakeRemoved')).toHaveLength(2);
  expect(stakeOf(calls.state, ofAlice)).toBe(0n);
});

it("a hotkey becomes the coldkey's who names it first", () => {
  const calls = chain();
  expect(calls.send(ALICE, 'SubtensorModule.try_associate_hotkey', { hotkey: STRANGER }).error).toBeNull();
  expect(calls.send(BOB, 'SubtensorModule.try_associate_hotkey', { hotkey: STRANGER }).error).toBeNull();
  expect(calls.state.get(owner, STRANGER)).toEqual(ALICE);
  const ofSubnet = { hotkey: subnetAccount(NETUID) };
  expect(calls.send(ALICE, 'SubtensorModule.try_associate_hotkey', ofSubnet).error).toBe('CannotUseSystemAccount');
});
