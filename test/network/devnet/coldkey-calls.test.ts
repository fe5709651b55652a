import { Blake2256 } from '@polkadot-api/substrate-bindings';
import { expect, it } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import { RAO_PER_TAO as TAO } from '#protocol/units.ts';
import { stakeOf } from '#network/devnet/pallets/subtensor/share-pool.ts';
import {
  coldkeySwapAnnouncementDelay,
  coldkeySwapReannouncementDelay,
} from '#network/devnet/pallets/subtensor/storage-coldkey-swap.ts';
import { identitiesV2, subnetIdentitiesV3 } from '#network/devnet/pallets/subtensor/storage-identity.ts';
import {
  coldkeySwapAnnouncements,
  delegates,
  lastTxBlockDelegateTake,
  ownedHotkeys,
  owner,
} from '#network/devnet/pallets/subtensor/storage-stake.ts';
import { subnetAlphaOut } from '#network/devnet/pallets/subtensor/storage-subnet.ts';
import { freeBalance } from '#network/devnet/runtime/money.ts';
import { accountNamed, Calls, NETUID, OWNER, stateWith, VALIDATOR } from '../../support/devnet-calls.ts';

const ALICE = accountNamed('alice');
const MINER = accountNamed('miner');
const NEW = accountNamed('new');
const atSubnet = { hotkey: VALIDATOR, netuid: NETUID };
const ofAlice = { ...atSubnet, coldkey: ALICE };

/** Alice has a neuron, 10 TAO of stake with the validator, and 985 TAO or so. */
function chain(): Calls {
  const calls = new Calls(stateWith([[ALICE, 1000n * TAO]]));
  expect(calls.send(ALICE, 'SubtensorModule.burned_register', { netuid: NETUID, hotkey: MINER }).error).toBeNull();
  expect(calls.send(ALICE, 'SubtensorModule.add_stake', { ...atSubnet, amountStaked: 10n * TAO }).error).toBeNull();
  return calls;
}

const tried = (calls: Calls, who: Uint8Array, call: string, args: object = {}): string | null =>
  calls.send(who, `SubtensorModule.${call}`, { ...args }).error;

it('who has announced the swap of its coldkey can do nothing else', () => {
  const calls = chain();
  const before = freeBalance(calls.state, ALICE);
  expect(tried(calls, ALICE, 'announce_coldkey_swap', { newColdkeyHash: Blake2256(NEW) })).toBeNull();
  expect(before - freeBalance(calls.state, ALICE)).toBe(TAO / 10n);
  expect(calls.state.find(coldkeySwapAnnouncements, ALICE)).toEqual([36_001, Blake2256(NEW)]);
  expect(tried(calls, ALICE, 'add_stake', { ...atSubnet, amountStaked: TAO })).toBe('ColdkeySwapAnnounced');
  const all = { dest: { type: 'Id', value: NEW }, keepAlive: false };
  expect(calls.send(ALICE, 'Balances.transfer_all', all).error).toBe('ColdkeySwapAnnounced');
  expect(calls.send(ALICE, 'Utility.batch_all', { calls: [] }).error).toBe('ColdkeySwapAnnounced');
  expect(tried(calls, ALICE, 'swap_coldkey_announced', { newColdkey: NEW })).toBe('ColdkeySwapTooEarly');
  expect(tried(calls, ALICE, 'swap_coldkey_announced', { newColdkey: OWNER })).toBe('AnnouncedColdkeyHashDoesNotMatch');
  expect(tried(calls, ALICE, 'announce_coldkey_swap', { newColdkeyHash: Blake2256(NEW) })).toBe(
    'ColdkeySwapReannouncedTooEarly',
  );
  expect(tried(calls, ALICE, 'clear_coldkey_swap_announcement')).toBe('ColdkeySwapClearTooEarly');
  expect(tried(calls, ALICE, 'dispute_coldkey_swap')).toBeNull();
  expect(tried(calls, ALICE, 'swap_coldkey_announced', { newColdkey: NEW })).toBe('ColdkeySwapDisputed');
});

it('a swapped coldkey gives all that it has to the new one', () => {
  const calls = chain();
  const { state } = calls;
  state.set(coldkeySwapAnnouncementDelay, 0);
  expect(tried(calls, ALICE, 'announce_coldkey_swap', { newColdkeyHash: Blake2256(NEW) })).toBeNull();
  const [staked, free] = [stakeOf(state, ofAlice), freeBalance(state, ALICE)];
  expect(tried(calls, ALICE, 'swap_coldkey_announced', { newColdkey: NEW })).toBeNull();
  expect([stakeOf(state, ofAlice), freeBalance(state, ALICE)]).toEqual([0n, 0n]);
  expect([stakeOf(state, { ...ofAlice, coldkey: NEW }), freeBalance(state, NEW)]).toEqual([staked, free]);
  expect(state.get(owner, MINER)).toEqual(NEW);
  expect([state.get(ownedHotkeys, ALICE), state.get(ownedHotkeys, NEW)]).toEqual([[], [MINER]]);
  expect(state.find(coldkeySwapAnnouncements, ALICE)).toBeUndefined();
});

it('an announcement can be taken back after its time', () => {
  const calls = chain();
  calls.state.set(coldkeySwapAnnouncementDelay, 0);
  calls.state.set(coldkeySwapReannouncementDelay, 0);
  expect(tried(calls, ALICE, 'clear_coldkey_swap_announcement')).toBe('ColdkeySwapAnnouncementNotFound');
  expect(tried(calls, ALICE, 'announce_coldkey_swap', { newColdkeyHash: Blake2256(NEW) })).toBeNull();
  expect(tried(calls, ALICE, 'clear_coldkey_swap_announcement')).toBeNull();
  expect(tried(calls, ALICE, 'add_stake', { ...atSubnet, amountStaked: TAO })).toBeNull();
});

it('a take is lowered at any time and raised only after a month, by the owner of the hotkey alone', () => {
  const calls = chain();
  const take = (call: string, value: number, who = OWNER) =>
    tried(calls, who, call, { hotkey: VALIDATOR, take: value });
  expect(take('decrease_take', 100, ALICE)).toBe('NonAssociatedColdKey');
  expect(take('decrease_take', 5_000)).toBeNull();
  expect(take('decrease_take', 5_000)).toBe('DelegateTakeTooLow');
  expect(take('increase_take', 4_000)).toBe('DelegateTakeTooLow');
  expect(take('increase_take', 11_797)).toBe('DelegateTakeTooHigh');
  expect(take('increase_take', 6_000)).toBe('DelegateTxRateLimitExceeded');
  calls.state.set(lastTxBlockDelegateTake, VALIDATOR, 0n);
  expect(take('increase_take', 6_000)).toBeNull();
  expect(calls.state.get(delegates, VALIDATOR)).toBe(6_000);
});

it('burned alpha still counts as issued and recycled alpha does not; neither takes more than there is', () => {
  const calls = chain();
  const { state } = calls;
  const staked = stakeOf(state, ofAlice);
  const issued = state.get(subnetAlphaOut, NETUID);
  expect(tried(calls, ALICE, 'burn_alpha', { ...atSubnet, amount: TAO })).toBeNull();
  expect(state.get(subnetAlphaOut, NETUID)).toBe(issued);
  const { events } = calls.send(ALICE, 'SubtensorModule.recycle_alpha', { ...atSubnet, amount: 2n * staked });
  const left = staked - TAO;
  expect(events.at(-1)).toEqual({ type: 'AlphaRecycled', value: [ALICE, VALIDATOR, left, NETUID] });
  expect(state.get(subnetAlphaOut, NETUID)).toBe(issued - left);
  expect(stakeOf(state, ofAlice)).toBe(0n);
  const root = { ...atSubnet, netuid: 0, amount: 1n };
  expect(tried(calls, ALICE, 'burn_alpha', root)).toBe('CannotBurnOrRecycleOnRootSubnet');
});

it('stake that is bought to be burned is all burned', () => {
  const calls = chain();
  const staked = stakeOf(calls.state, ofAlice);
  const { error, events } = calls.send(ALICE, 'SubtensorModule.add_stake_burn', {
    ...{ ...atSubnet, amount: TAO, limit: undefined },
  });
  expect(error).toBeNull();
  expect(events.at(-1)?.type).toBe('AddStakeBurn');
  expect(stakeOf(calls.state, ofAlice)).toBe(staked);
});

const NOTHING = new Uint8Array();
const ALICE_SAYS = {
  ...{ name: utf8('Alice'), url: NOTHING, githubRepo: NOTHING, image: NOTHING, discord: NOTHING },
  ...{ description: NOTHING, additional: NOTHING },
};

it('who has a neuron may say who it is, and the owner of a subnet what that is', () => {
  const calls = chain();
  expect(tried(calls, ALICE, 'set_identity', ALICE_SAYS)).toBeNull();
  expect(calls.state.find(identitiesV2, ALICE)?.name).toEqual(utf8('Alice'));
  expect(tried(calls, ALICE, 'set_identity', { ...ALICE_SAYS, name: new Uint8Array(257) })).toBe('InvalidIdentity');
  expect(tried(calls, NEW, 'set_identity', ALICE_SAYS)).toBe('HotKeyNotRegisteredInNetwork');
  const subnet = {
    ...{ netuid: NETUID, subnetName: utf8('Mill'), githubRepo: NOTHING, subnetContact: NOTHING, subnetUrl: NOTHING },
    ...{ discord: NOTHING, description: NOTHING, logoUrl: NOTHING, additional: NOTHING },
  };
  expect(tried(calls, ALICE, 'set_subnet_identity', subnet)).toBe('NotSubnetOwner');
  expect(tried(calls, OWNER, 'set_subnet_identity', subnet)).toBeNull();
  expect(calls.state.find(subnetIdentitiesV3, NETUID)?.subnetName).toEqual(utf8('Mill'));
});

it('unstaking all of nothing fails', () => {
  const calls = chain();
  expect(tried(calls, OWNER, 'unstake_all', { hotkey: VALIDATOR })).toBe('AmountTooLow');
});
