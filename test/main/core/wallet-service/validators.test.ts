import { expect, it } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import type { ValidatorSummary } from '#protocol/contract/wallet.ts';
import { addressOf } from '#protocol/keys.ts';
import { RAO_PER_TAO as TAO } from '#protocol/units.ts';
import { lastUpdate } from '#network/devnet/pallets/subtensor/storage-neurons.ts';
import { issue } from '#network/devnet/runtime/money.ts';
import type { State } from '#network/devnet/runtime/state.ts';
import { accountNamed, Calls, NETUID } from '../../../support/devnet-calls.ts';
import { alice } from '../staking/staking-scene.ts';
import { startWalletScene } from './wallet-scene.ts';

const OLD = { coldkey: accountNamed('old-owner'), hotkey: accountNamed('old-mill') };
const SMALL = { coldkey: accountNamed('small-owner'), hotkey: accountNamed('small-mill') };
const MINER = { coldkey: accountNamed('miner-owner'), hotkey: accountNamed('miner') };
const NOTHING = utf8('');
/** A tenth, of 65,535. */
const TENTH = 6_554;

/** Two validators of one subnet, by the chain's own calls: one with much stake, a name and a take of its own, and one with little of all; and a miner. */
function withValidators(state: State): void {
  const calls = new Calls(state);
  const send = (who: Uint8Array, call: string, args: Readonly<Record<string, unknown>>): void => {
    expect(calls.send(who, `SubtensorModule.${call}`, args).error, call).toBeNull();
  };
  for (const { coldkey, hotkey } of [OLD, SMALL, MINER]) {
    issue({ state, deposit: () => undefined }, coldkey, 1_000n * TAO);
    send(coldkey, 'burned_register', { netuid: NETUID, hotkey });
  }
  const stake = (who: typeof OLD, amountStaked: bigint): void =>
    send(who.coldkey, 'add_stake', { hotkey: who.hotkey, netuid: NETUID, amountStaked });
  stake(OLD, 500n * TAO);
  stake(SMALL, TAO);
  send(OLD.coldkey, 'decrease_take', { hotkey: OLD.hotkey, take: TENTH });
  const named = (name: string) => ({
    ...{ name: utf8(name), url: NOTHING, githubRepo: NOTHING, image: NOTHING },
    ...{ discord: NOTHING, description: NOTHING, additional: NOTHING },
  });
  // OLD and SMALL have set weights, after the block in which they were registered.
  state.set(lastUpdate, NETUID, [2n, 2n, 1n]);
  send(OLD.coldkey, 'set_identity', named('Old mill'));
  send(SMALL.coldkey, 'set_identity', named('Small\u202e\u0007 mill'));
}

it('lists those with a permit by uid, with name, take, stake and risks, and the subnet owner’s hotkey last', async () => {
  const { wallet, chain } = await startWalletScene({ genesis: withValidators });
  // Permits come with an epoch.
  chain.pass(12);
  const found = (await wallet.command('wallet.validators', { netuid: NETUID })) as readonly ValidatorSummary[];
  expect(found.map(({ hotkey, uid, hasPermit }) => [hotkey, uid, hasPermit])).toEqual([
    [addressOf(OLD.hotkey), 0, true],
    [addressOf(SMALL.hotkey), 1, true],
    [chain.devnet.validator.address, null, false],
  ]);
  const [old, small, owners] = found;
  expect(old).toMatchObject({ name: 'Old mill', takePpm: 100_007 });
  // 18 % is what the chain gives who has not chosen.
  expect(small).toMatchObject({ name: 'Small mill', takePpm: 179_995 });
  expect(owners).toMatchObject({ name: null, risks: [expect.stringContaining('not registered')] });
  expect(BigInt(old!.stakeAlpha)).toBeGreaterThan(4_000n * TAO);
  expect(BigInt(small!.stakeAlpha)).toBeLessThan(BigInt(old!.stakeAlpha) / 100n);
  expect(old!.risks).toEqual([expect.stringContaining('less than a week')]);
  expect(small!.risks).toEqual([expect.stringContaining('less than 1 %'), expect.stringContaining('less than a week')]);
});

it('leaves out who has a permit for what it has earned and validates nothing, unless nobody does yet', async () => {
  const withRichMiner = (state: State): void => {
    withValidators(state);
    const order = { hotkey: MINER.hotkey, netuid: NETUID, amountStaked: 100n * TAO };
    expect(new Calls(state).send(MINER.coldkey, 'SubtensorModule.add_stake', order).error).toBeNull();
  };
  const listed = async (
    genesis: (state: State) => void,
  ): Promise<readonly (readonly [string, readonly string[]])[]> => {
    const { wallet, chain } = await startWalletScene({ genesis });
    chain.pass(12);
    const found = (await wallet.command('wallet.validators', { netuid: NETUID })) as readonly ValidatorSummary[];
    return found.filter(({ hasPermit }) => hasPermit).map(({ hotkey, risks }) => [hotkey, risks]);
  };
  const [old, small, miner] = [OLD, SMALL, MINER].map(({ hotkey }) => addressOf(hotkey));
  expect((await listed(withRichMiner)).map(([hotkey]) => hotkey)).toEqual([old, small]);
  const nobody = await listed((state) => {
    withRichMiner(state);
    state.set(lastUpdate, NETUID, [1n, 1n, 1n]);
  });
  expect(nobody).toEqual([old, small, miner].map((hotkey) => [hotkey, [expect.stringContaining('no weights yet')]]));
});

it('lists nobody where there is no subnet', async () => {
  const { wallet } = await startWalletScene();
  expect(await wallet.command('wallet.validators', { netuid: 99 })).toEqual([]);
});

it('lists a hotkey that the coldkey has stake with, though it has no permit', async () => {
  const { wallet } = await startWalletScene({
    genesis: (state) => {
      withValidators(state);
      const order = { hotkey: MINER.hotkey, netuid: NETUID, amountStaked: TAO };
      expect(new Calls(state).send(alice.publicKey, 'SubtensorModule.add_stake', order).error).toBeNull();
    },
  });
  const found = (await wallet.command('wallet.validators', { netuid: NETUID })) as readonly ValidatorSummary[];
  expect(found.find(({ hotkey }) => hotkey === addressOf(MINER.hotkey))).toMatchObject({
    ...{ uid: 2, hasPermit: false, name: null },
    risks: [expect.stringContaining('no validator permit')],
  });
  // Nobody has a permit before the first epoch, and strangers without one are not listed.
  expect(found.map(({ hotkey }) => hotkey)).not.toContain(addressOf(OLD.hotkey));
});
