/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return -- the client learns from the chain which calls there are */
import { Keyring } from '@polkadot/keyring';
import type { KeyringPair } from '@polkadot/keyring/types';
import { afterEach, expect, it } from 'vitest';
import { toHex } from '#protocol/bytes.ts';
import type { Uid } from '#protocol/ids.ts';
import { alpha, rao, RAO_PER_TAO as TAO } from '#protocol/units.ts';
import { commitHashOf } from '#network/devnet/pallets/subtensor/commit-weights.ts';
import { pendingOf } from '#network/devnet/pallets/subtensor/emit-block.ts';
import { foundSubnet } from '#network/devnet/pallets/subtensor/genesis-subnet.ts';
import { poolOf } from '#network/devnet/pallets/subtensor/market.ts';
import { maxEpochsPerBlock } from '#network/devnet/pallets/subtensor/storage-epoch.ts';
import {
  commitRevealWeightsEnabled,
  stakeThreshold,
  weightsSetRateLimit,
  weightsVersionKey,
} from '#network/devnet/pallets/subtensor/storage-parameters.ts';
import { taoWeight, totalHotkeyAlpha, totalIssuance } from '#network/devnet/pallets/subtensor/storage-stake.ts';
import {
  recycleOrBurnOf,
  subnetAlphaIn,
  subnetAlphaOut,
  subnetMovingPrice,
  subnetProtocolAlpha,
} from '#network/devnet/pallets/subtensor/storage-subnet.ts';
import { upscaled } from '#network/devnet/pallets/subtensor/upscale-weights.ts';
import { account } from '#network/devnet/pallets/system.ts';
import { emitBlock, OWNER_CUT, type PendingEmission } from '#network/devnet/pool/block-emission.ts';
import { emissionPerBlock } from '#network/devnet/pool/halving.ts';
import { epochEmission, payOut } from '#network/devnet/pool/pay-out.ts';
import { State } from '#network/devnet/runtime/state.ts';
import { runYumaEpoch } from '#network/devnet/yuma/epoch.ts';
import type { EpochNeuron } from '#network/devnet/yuma/neuron.ts';
import { accountNamed, NETUID } from '../../support/devnet-calls.ts';
import { startSubtensorClient, type SubtensorClient } from '../../support/subtensor-client.ts';

/** Of the test devnet's subnet. */
const TEMPO = 10;
const VALIDATOR = 0;

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface Subnet extends SubtensorClient {
  /** Of uids 0, 1 and 2: the first has stake, all are Alice's. */
  readonly hotkeys: readonly KeyringPair[];
  readonly tx: any;
  readonly query: any;
  readonly state: () => State;
  /** Makes blocks until the next one is an epoch's. */
  readonly passToEpoch: () => void;
}

/** A subnet with a validator that has a permit, and two miners. */
async function startSubnet(genesis: (state: State) => void = () => undefined): Promise<Subnet> {
  const client = await startSubtensorClient((state) => {
    state.set(commitRevealWeightsEnabled, NETUID, false);
    state.set(weightsSetRateLimit, NETUID, 0n);
    // As if it had long cost what it costs: 0.1 TAO.
    state.set(subnetMovingPrice, NETUID, { bits: (1n << 32n) / 10n });
    genesis(state);
  });
  ends.push(client.close);
  const { api, devnet, send, pass } = client;
  const { alice, node } = devnet;
  const tx = api.tx.subtensorModule;
  const hotkeys = ['//V', '//M1', '//M2'].map((uri) => new Keyring({ type: 'sr25519' }).addFromUri(uri));
  for (const { address } of hotkeys) expect((await send(tx.burnedRegister(NETUID, address), alice)).error).toBeNull();
  expect((await send(tx.addStake(hotkeys[0]!.address, NETUID, 100n * TAO), alice)).error).toBeNull();
  const passToEpoch = (): void => {
    const { number } = node.head.header;
    pass((TEMPO * 2 - 1 - (number % TEMPO)) % TEMPO);
  };
  passToEpoch();
  pass(1);
  return {
    ...{ ...client, hotkeys, tx, query: api.query.subtensorModule, passToEpoch },
    state: () => new State(node.headState),
  };
}

const setWeights = ({ tx, tried, hotkeys }: Subnet, weights: readonly number[], uids = [1, 2], by = VALIDATOR) =>
  tried(tx.setWeights(NETUID, uids, weights, 0), hotkeys[by]!);

const stakes = ({ hotkeys, state }: Subnet): readonly bigint[] =>
  hotkeys.map(({ publicKey }) => state().get(totalHotkeyAlpha, publicKey, NETUID));

/** What waits for the epoch of the next block, that block's emission with it. */
function pendingAtNextBlock(state: State): PendingEmission {
  const emitted = emitBlock({
    ...{ pool: poolOf(state, NETUID), pending: pendingOf(state, NETUID), ownerCut: OWNER_CUT, rootSells: false },
    tao: rao(emissionPerBlock(state.get(totalIssuance))),
    alphaIssuance: alpha(state.get(subnetAlphaIn, NETUID) + state.get(subnetAlphaOut, NETUID)),
    root: { tao: rao(0n), taoWeight: state.get(taoWeight) },
  });
  return emitted.pending;
}

it("an epoch pays as the pure functions say, and writes down each neuron's terms", async () => {
  const subnet = await startSubnet();
  const { api, devnet, query, state, pass, passToEpoch } = subnet;
  expect((await query.validatorPermit(NETUID)).toJSON()).toEqual([true, false, false]);
  expect(await setWeights(subnet, [1, 3])).toBeNull();
  passToEpoch();

  const before = stakes(subnet);
  const pending = pendingAtNextBlock(state());
  const lastUpdates = (await query.lastUpdate(NETUID)).toJSON() as number[];
  const neurons: EpochNeuron[] = [];
  for (const uid of [0, 1, 2] as Uid[]) {
    neurons.push({
      stake: alpha(before[uid]!),
      lastUpdateBlock: lastUpdates[uid]!,
      registeredAtBlock: (await query.blockAtRegistration(NETUID, uid)).toNumber(),
      validatorPermit: uid === VALIDATOR,
      weights: (await query.weights(NETUID, uid)).toJSON().map(([miner, weight]: any) => ({ uid: miner, weight })),
      bonds: (await query.bonds(NETUID, uid)).toJSON().map(([miner, bond]: any) => ({ uid: miner, bond })),
    });
  }
  expect(neurons[VALIDATOR]?.weights).toEqual([
    { uid: 1, weight: 21_845 },
    { uid: 2, weight: 65_535 },
  ]);
  const block = devnet.node.head.header.number + 1;
  const terms = runYumaEpoch({
    ...{ block, lastEpochBlock: block - TEMPO, emission: epochEmission(pending), neurons },
    parameters: {
      ...{ tempo: TEMPO, activityCutoff: 138, kappa: 32_767, bondsMovingAverage: 900_000, bondsPenalty: 65_535 },
      ...{ maxAllowedValidators: 64, stakeThreshold: alpha(0n) },
    },
  });
  const pay = payOut({
    ...{ pending, taoWeight: state().get(taoWeight), ownerUids: new Set<Uid>() },
    mined: terms.map(({ serverEmission }) => serverEmission),
    validators: terms.map(({ validatorEmission }, uid) => ({
      ...{ dividend: validatorEmission, alphaStake: alpha(before[uid]!), rootTao: rao(0n), take: OWNER_CUT },
    })),
  });
  pass(1);

  const events = await (await api.at(`0x${devnet.node.head.hash}`)).query.system.events();
  const emitted = events.find(({ event }: any) => event.method === 'IncentiveAlphaEmittedToMiners').event.data;
  expect(emitted.emissions.map((each: any) => each.toBigInt())).toEqual(terms.map((each) => each.serverEmission));
  expect(terms[2]!.serverEmission).toBeGreaterThan(terms[1]!.serverEmission);
  expect(terms[1]!.serverEmission).toBeGreaterThan(0n);

  const after = stakes(subnet);
  expect(after.map((stake, uid) => stake - before[uid]!)).toEqual(
    pay.validators.map(({ take, nominators }, uid) => pay.mining[uid]! + take + nominators),
  );
  const ofOwner = state().get(totalHotkeyAlpha, devnet.validator.publicKey, NETUID);
  expect(ofOwner).toBeGreaterThanOrEqual(pay.ownerCut);

  const read = async (item: string): Promise<unknown> => (await query[item](NETUID)).toJSON();
  expect(await read('emission')).toEqual(terms.map(({ emission }) => Number(emission)));
  for (const [item, name] of [
    ['incentive', 'incentive'],
    ['consensus', 'consensus'],
    ['dividends', 'dividends'],
    ['validatorTrust', 'validatorTrust'],
    ['validatorPermit', 'validatorPermit'],
    ['active', 'active'],
    ['stakeWeight', 'stakeWeight'],
  ] as const) {
    expect(await read(item)).toEqual(terms.map((each) => each[name]));
  }
  const bonds = (await query.bonds(NETUID, VALIDATOR)).toJSON();
  expect(bonds).toEqual(terms[VALIDATOR]!.bonds.map(({ uid, bond }) => [uid, bond]));
  expect((await query.subnetEpochIndex(NETUID)).toNumber()).toBe(block / TEMPO);
});

it('no rao and no alpha comes to be or is lost but by emission, and roundings are a few of the smallest unit', async () => {
  const subnet = await startSubnet();
  const { devnet, state, pass } = subnet;
  await setWeights(subnet, [1, 3]);
  const issued = (): bigint => state().get(totalIssuance);
  const start = issued();
  const blocks = TEMPO * 5;
  pass(blocks);
  expect(issued() - start).toBe(BigInt(blocks) * TAO);
  const money = state()
    .values(account)
    .reduce((sum, { data }) => sum + data.free, 0n);
  expect(money).toBe(issued());

  // Alpha outside of the pool: staked, waiting, or the chain's own.
  const { server, validator, root, ownerCut } = pendingOf(state(), NETUID);
  const staked = [...subnet.hotkeys, devnet.validator].reduce(
    (sum, { publicKey }) => sum + state().get(totalHotkeyAlpha, publicKey, NETUID),
    0n,
  );
  const known = staked + server + validator + root + ownerCut + state().get(subnetProtocolAlpha, NETUID);
  const lost = state().get(subnetAlphaOut, NETUID) - known;
  expect(lost).toBeGreaterThanOrEqual(0n);
  expect(lost).toBeLessThan(4n * BigInt(devnet.node.head.header.number) + 1000n);
});

it('mining pay goes to the hotkey that the coldkey chose for it', async () => {
  const subnet = await startSubnet();
  const { api, devnet, tx, send, hotkeys, pass, passToEpoch } = subnet;
  expect(await setWeights(subnet, [1, 3])).toBeNull();
  const chosen = hotkeys[0]!.address;
  expect((await send(tx.setColdkeyAutoStakeHotkey(NETUID, chosen), devnet.alice)).error).toBeNull();
  passToEpoch();
  const before = stakes(subnet);
  pass(1);
  const after = stakes(subnet);
  expect(after.slice(1)).toEqual(before.slice(1));
  const records = await (await api.at(`0x${devnet.node.head.hash}`)).query.system.events();
  const added = records.map(({ event }: any) => event).filter(({ method }: any) => method === 'AutoStakeAdded');
  expect(added).toHaveLength(3); // also of the validator, which earned nothing by mining
  const incentives: readonly bigint[] = added.map(({ data }: any) => data.incentive.toBigInt());
  expect(after[0]! - before[0]!).toBeGreaterThan(incentives.reduce((sum, each) => sum + each, 0n));
  const destinations: readonly string[] = added.map(({ data }: any) => data.destination.toString());
  expect(destinations).toEqual([chosen, chosen, chosen]);
});

it.each(['Burn', 'Recycle'] as const)(
  'what the owner of the subnet mines is withheld (%s), and its subnet would get less of the next blocks',
  async (type) => {
    const subnet = await startSubnet((state) => state.set(recycleOrBurnOf, NETUID, { type, value: undefined }));
    const { devnet, tx, send, query, state, pass, passToEpoch } = subnet;
    const { owner, alice, validator } = devnet;
    await send(subnet.api.tx.balances.transferKeepAlive(owner.address, 10n * TAO), alice);
    expect((await send(tx.burnedRegister(NETUID, validator.address), owner)).error).toBeNull();
    expect(await setWeights(subnet, [1, 1], [1, 3])).toBeNull();
    passToEpoch();
    const outsideOfPool = (): bigint => state().get(subnetAlphaOut, NETUID) - state().get(subnetProtocolAlpha, NETUID);
    const before = outsideOfPool();
    pass(1);
    const emissions = (await query.emission(NETUID)).map((each: any) => each.toBigInt() as bigint);
    expect(emissions[3]).toBe(emissions[1]);
    const { bits } = (await query.minerBurned(NETUID)).toJSON();
    expect(Number(bits) / 2 ** 32).toBeCloseTo(0.5, 4);
    const withheld = type === 'Recycle' ? emissions[3] : 0n;
    expect(outsideOfPool() - before).toBe(TAO - withheld);
  },
);

const REFUSED: readonly [string, (subnet: Subnet) => Promise<string | null>, string][] = [
  [
    'of a subnet that there is not',
    ({ tx, tried, hotkeys }) => tried(tx.setWeights(7, [], [], 0), hotkeys[0]!),
    'MechanismDoesNotExist',
  ],
  [
    'of root',
    ({ tx, tried, hotkeys }) => tried(tx.setWeights(0, [], [], 0), hotkeys[0]!),
    'CanNotSetRootNetworkWeights',
  ],
  ['without as many values as uids', (subnet) => setWeights(subnet, [1], [1, 2]), 'WeightVecNotEqualSize'],
  [
    'for more uids than there are',
    (subnet) => setWeights(subnet, [1, 1, 1, 1], [0, 1, 2, 3]),
    'UidsLengthExceedUidsInSubNet',
  ],
  [
    'by a stranger',
    ({ tx, tried, devnet }) => tried(tx.setWeights(NETUID, [1], [1], 0), devnet.alice),
    'HotKeyNotRegisteredInSubNet',
  ],
  ['without a permit', (subnet) => setWeights(subnet, [1], [2], 1), 'NeuronNoValidatorPermit'],
  ['twice for the same uid', (subnet) => setWeights(subnet, [1, 2], [1, 1]), 'DuplicateUids'],
  ['for a uid that there is not', (subnet) => setWeights(subnet, [1, 2], [1, 9]), 'UidVecContainInvalidOne'],
  ['of nobody', (subnet) => setWeights(subnet, [], []), 'WeightVecLengthIsLow'],
];

it('weights that make no sense are refused by name', async () => {
  const subnet = await startSubnet((state) => {
    for (const netuid of [0, 7]) state.set(commitRevealWeightsEnabled, netuid, false);
  });
  for (const [what, act, error] of REFUSED) expect([what, await act(subnet)]).toEqual([what, error]);
});

it('weights with an old version key, without enough stake, or again too soon are refused', async () => {
  const subnet = await startSubnet((state) => {
    state.set(weightsVersionKey, NETUID, 5n);
    state.set(weightsSetRateLimit, NETUID, 4n);
  });
  const { tx, tried, hotkeys, pass } = subnet;
  const set = (versionKey: number) => tried(tx.setWeights(NETUID, [1, 2], [1, 3], versionKey), hotkeys[0]!);
  expect(await set(4)).toBe('IncorrectWeightVersionKey');
  expect(await set(5)).toBeNull();
  expect(await set(5)).toBe('SettingWeightsTooFast');
  pass(3);
  expect(await set(6)).toBeNull();
  const poor = await startSubnet((state) => state.set(stakeThreshold, 10n ** 15n));
  expect(await setWeights(poor, [1, 3])).toBe('NotEnoughStakeToSetWeights');
});

it('weights that must be committed to are revealed in the next epoch, and in no other', async () => {
  const subnet = await startSubnet((state) => state.set(commitRevealWeightsEnabled, NETUID, true));
  const { tx, tried, send, hotkeys, pass, passToEpoch, query } = subnet;
  const [hotkey] = hotkeys as [KeyringPair];
  const given = { netuid: NETUID, uids: [1, 2], values: [1, 3], versionKey: 0n };
  const salt = [7, 8, 9];
  const hash = `0x${toHex(commitHashOf(hotkey.publicKey, given, salt))}`;
  const reveal = (values = given.values) => tried(tx.revealWeights(NETUID, given.uids, values, salt, 0), hotkey);
  expect(await setWeights(subnet, [1, 3])).toBe('CommitRevealEnabled');
  expect(await reveal()).toBe('NoWeightsCommitFound');
  expect((await send(tx.commitWeights(NETUID, hash), hotkey)).error).toBeNull();
  expect(await reveal()).toBe('RevealTooEarly');
  expect((await query.weights(NETUID, VALIDATOR)).toJSON()).toEqual([]);
  passToEpoch();
  pass(1);
  expect(await reveal([1, 4])).toBe('InvalidRevealCommitHashNotMatch');
  expect(await reveal()).toBeNull();
  expect((await query.weights(NETUID, VALIDATOR)).toJSON()).toEqual([
    [1, 21_845],
    [2, 65_535],
  ]);
  expect((await query.weightCommits(NETUID, hotkey.address)).isNone).toBe(true);
  expect((await send(tx.commitWeights(NETUID, hash), hotkey)).error).toBeNull();
  pass(TEMPO * 2);
  expect(await reveal()).toBe('ExpiredWeightCommit');
});

it('weights are scaled so that the largest is 65535, as on the chain', () => {
  expect(upscaled([])).toEqual([]);
  expect(upscaled([0, 0])).toEqual([0, 0]);
  expect(upscaled([1])).toEqual([65_535]);
  expect(upscaled([0, 1, 65_534])).toEqual([0, 1, 65_535]);
  expect(upscaled([0, 1, 2, 3, 4, 65_533, 65_535])).toEqual([0, 1, 2, 3, 4, 65_533, 65_535]);
  expect(upscaled([1, 3])).toEqual([21_845, 65_535]);
});

it('when too many epochs end in one block, the others wait for the next', async () => {
  const subnet = await startSubnet((state) => {
    state.set(maxEpochsPerBlock, 1);
    const [coldkey, hotkey] = [accountNamed('other'), accountNamed('other hotkey')];
    foundSubnet(state, { netuid: 2, coldkey, hotkey, tempo: TEMPO, taoRao: 100n * TAO, alpha: 100n * TAO });
  });
  const { api, devnet, query, pass } = subnet;
  const records = await (await api.at(`0x${devnet.node.head.hash}`)).query.system.events();
  const deferred = records.find(({ event }: any) => event.method === 'EpochDeferred').event.data;
  const { number } = devnet.node.head.header;
  expect(deferred.toJSON()).toEqual([2, number, number + 1]);
  expect((await query.lastEpochBlock(2)).toNumber()).toBeLessThan(number);
  pass(1);
  expect((await query.lastEpochBlock(2)).toNumber()).toBe(number + 1);
});
