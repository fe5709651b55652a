import { beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '#protocol/bytes.ts';
import { alpha, RAO_PER_TAO as TAO } from '#protocol/units.ts';
import { commitHashOf } from '#network/devnet/pallets/subtensor/commit-weights.ts';
import { foundSubnet } from '#network/devnet/pallets/subtensor/genesis-subnet.ts';
import { associateHotkey } from '#network/devnet/pallets/subtensor/hotkeys.ts';
import { setAt } from '#network/devnet/pallets/subtensor/neuron-lists.ts';
import { appendNeuron } from '#network/devnet/pallets/subtensor/neuron-slots.ts';
import { addStake } from '#network/devnet/pallets/subtensor/share-pool.ts';
import { weightCommits } from '#network/devnet/pallets/subtensor/storage-epoch.ts';
import { validatorPermit, weights } from '#network/devnet/pallets/subtensor/storage-neurons.ts';
import {
  commitRevealWeightsEnabled,
  revealPeriodEpochs,
  weightsSetRateLimit,
} from '#network/devnet/pallets/subtensor/storage-parameters.ts';
import { subnetEpochIndex } from '#network/devnet/pallets/subtensor/storage-subnet.ts';
import { accountNamed, Calls, stateWith } from '../../support/devnet-calls.ts';

/** Weights are open in the first subnet and must be committed to in the others; there is no fourth. */
const [OPEN, SECRET, OTHER, NONE] = [1, 2, 3, 4] as const;
const HOTKEY = accountNamed('hotkey');
const COLDKEY = accountNamed('coldkey');
const SALT = [4, 2];

let calls: Calls;

beforeEach(() => {
  const state = stateWith([]);
  for (const netuid of [SECRET, OTHER]) {
    foundSubnet(state, { netuid, coldkey: COLDKEY, hotkey: accountNamed('own'), tempo: 10, taoRao: TAO, alpha: TAO });
  }
  associateHotkey(state, COLDKEY, HOTKEY);
  for (const netuid of [OPEN, SECRET, OTHER]) {
    const uid = appendNeuron(state, { netuid, hotkey: HOTKEY, block: 0 });
    addStake(state, { hotkey: HOTKEY, coldkey: COLDKEY, netuid }, alpha(TAO));
    setAt(state, validatorPermit, netuid, uid, true);
    for (const name of ['m1', 'm2']) appendNeuron(state, { netuid, hotkey: accountNamed(name), block: 0 });
    state.set(commitRevealWeightsEnabled, netuid, netuid !== OPEN);
    state.set(weightsSetRateLimit, netuid, 0n);
  }
  calls = new Calls(state);
});

const send = (name: string, args: Readonly<Record<string, unknown>>) =>
  calls.send(HOTKEY, `SubtensorModule.${name}`, args);
const names = (events: readonly { readonly type: string }[]): readonly string[] => events.map(({ type }) => type);
const weightsOf = (netuid: number) => calls.state.get(weights, netuid, 0);
const passEpoch = (netuid: number): void =>
  calls.state.set(subnetEpochIndex, netuid, calls.state.get(subnetEpochIndex, netuid) + 1n);

describe('batch_set_weights', () => {
  const row = (first: number, second: number) => [
    [1, first],
    [2, second],
  ];

  it('sets those of each subnet, and what fails in one changes nothing in the others', () => {
    const { error, events } = send('batch_set_weights', {
      ...{ netuids: [SECRET, OPEN, NONE, OPEN], versionKeys: [0n, 0n, 0n, 0n] },
      weights: [row(1, 1), row(1, 3), row(1, 1), [[9, 1]]],
    });
    expect(error).toBeNull();
    expect(names(events)).toEqual([
      ...['WeightsSet', 'BatchCompletedWithErrors', 'BatchWeightItemFailed', 'BatchWeightItemFailed'],
      ...['BatchWeightItemFailed', 'BatchWeightsCompleted'],
    ]);
    const failed = events.filter(({ type }) => type === 'BatchWeightItemFailed').map(({ value }) => value);
    const errors = Object.keys(calls.runtime.pallets.get('SubtensorModule')?.errors ?? {});
    const failures = failed.map((value) => {
      const [netuid, why] = value as readonly [number, { readonly value: { readonly error: Uint8Array } }];
      return [netuid, errors[why.value.error[0] ?? -1]];
    });
    expect(failures).toEqual([
      [SECRET, 'CommitRevealEnabled'],
      // Whether a subnet wants commits is looked at first, and one that there is not has the usual parameters.
      [NONE, 'CommitRevealEnabled'],
      [OPEN, 'UidVecContainInvalidOne'],
    ]);
    expect(events.at(-1)?.value).toEqual([[SECRET, OPEN, NONE, OPEN], HOTKEY]);
    expect(weightsOf(OPEN)).toEqual(row(21_845, 65_535));
    expect(weightsOf(SECRET)).toEqual([]);
  });

  it('says nothing of errors when there were none, and takes lists of one length only', () => {
    const one = { netuids: [OPEN], weights: [row(1, 1)], versionKeys: [0n] };
    expect(names(send('batch_set_weights', one).events)).toEqual(['WeightsSet', 'BatchWeightsCompleted']);
    for (const wrong of [{ netuids: [] }, { weights: [] }, { versionKeys: [0n, 0n] }])
      expect(send('batch_set_weights', { ...one, ...wrong }).error).toBe('InputLengthsUnequal');
  });
});

const given = (values: readonly number[], netuid: number = SECRET) => ({
  ...{ netuid, uids: [1, 2], values, versionKey: 0n },
});
const hashOf = (values: readonly number[], netuid: number = SECRET) =>
  commitHashOf(HOTKEY, given(values, netuid), SALT);
const commitsOf = (netuid: number): readonly string[] =>
  (calls.state.find(weightCommits, netuid, HOTKEY) ?? []).map(([hash]) => toHex(hash));

describe('batch_commit_weights', () => {
  it('commits in each subnet, and says where it could not', () => {
    const commitHashes = [OPEN, SECRET, OTHER].map((netuid) => hashOf([1, 1], netuid));
    const { error, events } = send('batch_commit_weights', { netuids: [OPEN, SECRET, OTHER], commitHashes });
    expect(error).toBeNull();
    expect(names(events)).toEqual([
      ...['WeightsCommitted', 'WeightsCommitted'],
      ...['BatchCompletedWithErrors', 'BatchWeightItemFailed', 'BatchWeightsCompleted'],
    ]);
    expect([OPEN, SECRET, OTHER].map(commitsOf)).toEqual([[], ...commitHashes.slice(1).map((hash) => [toHex(hash)])]);
    expect(send('batch_commit_weights', { netuids: [SECRET], commitHashes: [] }).error).toBe('InputLengthsUnequal');
  });
});

/** As pallets/subtensor/src/tests/weights.rs has them (test_successful_batch_reveal and those after it). */
describe('batch_reveal_weights', () => {
  const commit = (...lists: readonly (readonly number[])[]): void => {
    for (const values of lists)
      expect(send('commit_weights', { netuid: SECRET, commitHash: hashOf(values) }).error).toBeNull();
  };
  const reveal = (...lists: readonly (readonly number[])[]) =>
    send('batch_reveal_weights', {
      ...{ netuid: SECRET, uidsList: lists.map(() => [1, 2]), valuesList: lists },
      ...{ saltsList: lists.map(() => SALT), versionKeys: lists.map(() => 0n) },
    });

  it('reveals in whatever order they are named; the last counts, and others wait', () => {
    commit([1, 2], [1, 3], [1, 4]);
    passEpoch(SECRET);
    const { error, events } = reveal([1, 4], [1, 3]);
    expect(error).toBeNull();
    expect(names(events)).toEqual(['WeightsSet', 'WeightsSet', 'WeightsBatchRevealed']);
    expect(events.at(-1)?.value).toEqual([HOTKEY, SECRET, [hashOf([1, 4]), hashOf([1, 3])]]);
    expect(weightsOf(SECRET)).toEqual([
      [1, 21_845],
      [2, 65_535],
    ]);
    expect(commitsOf(SECRET)).toEqual([toHex(hashOf([1, 2]))]);
    expect(reveal([1, 2]).error).toBeNull();
    expect(calls.state.find(weightCommits, SECRET, HOTKEY)).toBeUndefined();
  });

  it.each<[string, readonly (readonly number[])[], number, string]>([
    [
      'one that was never committed to',
      [
        [1, 2],
        [7, 7],
      ],
      1,
      'InvalidRevealCommitHashNotMatch',
    ],
    [
      'one twice',
      [
        [1, 2],
        [1, 2],
      ],
      1,
      'InvalidRevealCommitHashNotMatch',
    ],
    ['them in the epoch of the commit', [[1, 2]], 0, 'RevealTooEarly'],
    ['them an epoch too late', [[1, 2]], 2, 'ExpiredWeightCommit'],
  ])('refuses whoever reveals %s, and nothing has happened', (_, lists, epochs, why) => {
    commit([1, 2], [1, 3]);
    for (let epoch = 0; epoch < epochs; epoch += 1) passEpoch(SECRET);
    expect(reveal(...lists).error).toBe(why);
    expect(weightsOf(SECRET)).toEqual([]);
    expect(commitsOf(SECRET)).toHaveLength(2);
  });

  it('takes neither weights that are no weights nor those before them', () => {
    commit([1, 2], [1, 2, 3]);
    passEpoch(SECRET);
    expect(reveal([1, 2], [1, 2, 3]).error).toBe('WeightVecNotEqualSize');
    expect(weightsOf(SECRET)).toEqual([]);
  });

  it('refuses lists of several lengths, a hotkey that has committed to nothing, and open weights', () => {
    const lists = { netuid: SECRET, uidsList: [], valuesList: [], saltsList: [], versionKeys: [] };
    for (const wrong of [{ valuesList: [[1]] }, { saltsList: [[1]] }, { versionKeys: [0n] }])
      expect(send('batch_reveal_weights', { ...lists, ...wrong }).error).toBe('InputLengthsUnequal');
    expect(send('batch_reveal_weights', lists).error).toBe('NoWeightsCommitFound');
    expect(send('batch_reveal_weights', { ...lists, netuid: OPEN }).error).toBe('CommitRevealDisabled');
  });
});

describe('weights of a mechanism', () => {
  const dests = { dests: [1, 2], weights: [1, 3], versionKey: 0n };

  it('the first is the subnet itself', () => {
    expect(send('set_mechanism_weights', { netuid: OPEN, mecid: 0, ...dests }).error).toBeNull();
    expect(weightsOf(OPEN)).toEqual([
      [1, 21_845],
      [2, 65_535],
    ]);
    const mechanism = { netuid: SECRET, mecid: 0 };
    expect(send('commit_mechanism_weights', { ...mechanism, commitHash: hashOf([1, 3]) }).error).toBeNull();
    expect(commitsOf(SECRET)).toEqual([toHex(hashOf([1, 3]))]);
    calls.state.set(revealPeriodEpochs, SECRET, 0n);
    const reveal = { ...given([1, 3]), mecid: 0, salt: SALT };
    expect(names(send('reveal_mechanism_weights', reveal).events)).toEqual(['WeightsSet', 'WeightsRevealed']);
    expect(weightsOf(SECRET)).toEqual(weightsOf(OPEN));
  });

  it('of any other there are none, which is the error in the order of the chain', () => {
    const set = (netuid: number, fields = {}) =>
      send('set_mechanism_weights', { netuid, mecid: 1, ...dests, ...fields }).error;
    expect(set(OPEN)).toBe('MechanismDoesNotExist');
    expect(set(OPEN, { weights: [1] })).toBe('WeightVecNotEqualSize');
    expect(set(SECRET)).toBe('CommitRevealEnabled');
    const commitHash = hashOf([1, 3]);
    expect(send('commit_mechanism_weights', { netuid: OPEN, mecid: 1, commitHash }).error).toBe(
      'MechanismDoesNotExist',
    );
    expect(send('commit_mechanism_weights', { netuid: SECRET, mecid: 1, commitHash }).error).toBe(
      'MechanismDoesNotExist',
    );
    expect(send('commit_weights', { netuid: SECRET, commitHash }).error).toBeNull();
    const reveal = { ...given([1, 3]), mecid: 1, salt: SALT };
    expect(send('reveal_mechanism_weights', reveal).error).toBe('NoWeightsCommitFound');
    expect(send('reveal_mechanism_weights', { ...reveal, netuid: OPEN }).error).toBe('CommitRevealDisabled');
  });

  it.each(['commit_timelocked_mechanism_weights', 'commit_crv3_mechanism_weights', 'commit_timelocked_weights'])(
    'what drand would have to open is refused by name: %s',
    (name) => {
      const args = { netuid: SECRET, mecid: 0, commit: new Uint8Array(3), revealRound: 1n, commitRevealVersion: 4 };
      const { error } = send(name, args);
      expect(error).toMatch(/^Commit(?:Timelocked|Crv3)\w*WeightsNotImplemented$/);
    },
  );
});
