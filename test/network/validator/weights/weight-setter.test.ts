import { describe, expect, it } from 'vitest';
import type { CommitFile } from '#network/validator/weights/commit-file.ts';
import { openWeightSetter } from '#network/validator/weights/weight-setter.ts';
import type { PendingCommit } from '#network/validator/weights/weight-plan.ts';
import type { CallOutcome, ChainCall, ChainClient, CommitTerms, WeightTerms } from '#protocol/chain/chain-client.ts';
import type { Uid } from '#protocol/ids.ts';
import { keyPairFromSeed } from '#protocol/keys.ts';

const hotkey = keyPairFromSeed(new Uint8Array(32).fill(4));
const { signal } = new AbortController();
const WEIGHTS = [{ uid: 2 as Uid, weight: 9 }];
const included: CallOutcome = { kind: 'included', block: 1 };
const refused = (error: string): CallOutcome => ({ kind: 'refused', error, message: `${error}.` });

/** A chain that answers as the test says; `done` has what was saved and sent, in order. */
async function setUp(start: Partial<CommitTerms> = {}, saved: readonly PendingCommit[] = []) {
  const base: CommitTerms = {
    ...{ kind: 'commit-reveal', epoch: 20, revealPeriodEpochs: 1, versionKey: 6n, uid: 5 as Uid, canCommit: true },
    ...{ commits: [], ...start },
  };
  let salt = 7;
  const world = {
    terms: base as WeightTerms,
    asked: 0,
    outcomes: [] as (CallOutcome | Error)[],
    done: [] as (readonly PendingCommit[] | ChainCall)[],
    log: [] as string[],
    saveFails: false,
  };
  const chain = {
    weightTerms: () => {
      world.asked += 1;
      return Promise.resolve(world.terms);
    },
    submit: (call: ChainCall) => {
      world.done.push(call);
      const outcome = world.outcomes.shift() ?? included;
      return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
    },
  } as Partial<ChainClient> as ChainClient;
  const commits: CommitFile = {
    load: () => Promise.resolve(saved),
    save: (all) => {
      if (world.saveFails) return Promise.reject(new Error('disk full'));
      world.done.push(all);
      return Promise.resolve();
    },
  };
  const log = (_: string, message: string): void => void world.log.push(message);
  const setter = await openWeightSetter({
    ...{ chain, commits, hotkey, log, netuid: 1 },
    newSalt: () => [(salt += 1), 9],
  });
  const calls = (): readonly ChainCall[] => world.done.filter((each): each is ChainCall => 'kind' in each);
  const kinds = (): readonly string[] => calls().map(({ kind }) => kind);
  return { ...{ world, setter, base, calls, kinds } };
}

/** The hash that was said, as the chain lists it. */
const listed = (call: ChainCall | undefined, epoch: number): CommitTerms['commits'] =>
  call?.kind === 'commit-weights' ? [{ hash: call.hash, epoch }] : [];

describe('the setter of weights', () => {
  it('sets them at once where they are open, and says what the chain refuses', async () => {
    const { world, setter, calls } = await setUp();
    world.terms = { kind: 'open' };
    world.outcomes = [refused('SettingWeightsTooFast')];
    await setter.set(WEIGHTS, signal);
    expect(calls()).toEqual([{ kind: 'set-weights', netuid: 1, weights: WEIGHTS }]);
    expect(world.log).toEqual(['The chain refused the weights: SettingWeightsTooFast.']);
    await setter.catchUp(signal);
    expect(calls()).toHaveLength(1);
  });

  it('asks the chain nothing while nothing waits', async () => {
    const { world, setter } = await setUp();
    await setter.catchUp(signal);
    expect(world.asked).toBe(0);
  });

  it('has weights on disk before it commits to them, and takes them off when they are revealed', async () => {
    const { world, setter, base, calls } = await setUp();
    await setter.set(WEIGHTS, signal);
    const [commit] = calls();
    const { hash } = listed(commit, 20)[0]!;
    const kept = { weights: WEIGHTS, salt: [8, 9], versionKey: 6n };
    expect(world.done).toEqual([[{ ...kept, hash, epoch: 20 }], commit]);
    world.terms = { ...base, epoch: 21, commits: listed(commit, 20) };
    await setter.catchUp(signal);
    expect(world.done.slice(2)).toEqual([{ kind: 'reveal-weights', netuid: 1, ...kept }, []]);
  });

  it('reveals after a restart what was committed to before', async () => {
    const saved = { hash: 'aa', epoch: 19, weights: WEIGHTS, salt: [1], versionKey: 6n };
    const { setter, calls } = await setUp({ commits: [{ hash: 'aa', epoch: 19 }] }, [saved]);
    await setter.catchUp(signal);
    expect(calls()).toMatchObject([{ kind: 'reveal-weights', salt: [1], weights: WEIGHTS }]);
  });

  it('drops what can no longer be revealed, and says so', async () => {
    const saved = { hash: 'aa', epoch: 17, weights: WEIGHTS, salt: [1], versionKey: 6n };
    const { world, setter, kinds } = await setUp({}, [saved]);
    await setter.catchUp(signal);
    expect(kinds()).toEqual([]);
    expect(world.done).toEqual([[]]);
    expect(world.log).toEqual([
      'Drops the weights committed to in epoch 17: epoch 18, in which it could be revealed, is over',
    ]);
  });

  it('commits to nothing that it cannot save', async () => {
    const { world, setter, calls } = await setUp();
    world.saveFails = true;
    await expect(setter.set(WEIGHTS, signal)).rejects.toMatchObject({ code: 'STORAGE' });
    expect(calls()).toEqual([]);
  });

  it('commits later to what came too soon for the chain, and drops what it refuses for good', async () => {
    const { world, setter, kinds } = await setUp();
    world.outcomes = [refused('CommittingWeightsTooFast')];
    await setter.set(WEIGHTS, signal);
    await setter.catchUp(signal);
    expect(kinds()).toEqual(['commit-weights', 'commit-weights']);
    const other = await setUp();
    other.world.outcomes = [refused('NotEnoughStakeToSetWeights')];
    await other.setter.set(WEIGHTS, signal);
    await other.setter.catchUp(signal);
    expect(other.kinds()).toEqual(['commit-weights']);
    expect(other.world.done.at(-1)).toEqual([]);
  });

  it('reveals again what was too early, and not what is refused for good', async () => {
    const saved = { hash: 'aa', epoch: 19, weights: WEIGHTS, salt: [1], versionKey: 6n };
    const { world, setter, kinds } = await setUp({ commits: [{ hash: 'aa', epoch: 19 }] }, [saved]);
    world.outcomes = [refused('RevealTooEarly'), refused('NeuronNoValidatorPermit')];
    for (let block = 0; block < 3; block += 1) await setter.catchUp(signal);
    expect(kinds()).toEqual(['reveal-weights', 'reveal-weights']);
    expect(world.log).toHaveLength(2);
  });

  it('keeps a commit of which it does not know whether it arrived', async () => {
    const { world, setter, base, kinds } = await setUp();
    world.outcomes = [new Error('no answer')];
    await expect(setter.set(WEIGHTS, signal)).rejects.toThrow('no answer');
    await setter.set(WEIGHTS, signal);
    expect(kinds()).toEqual(['commit-weights']);
    const [call] = world.done.filter((each): each is ChainCall => 'kind' in each);
    world.terms = { ...base, epoch: 21, commits: listed(call, 20) };
    await setter.catchUp(signal);
    expect(kinds()).toEqual(['commit-weights', 'reveal-weights', 'commit-weights']);
  });

  it('takes weights back by committing to one for itself alone', async () => {
    const { world, setter } = await setUp();
    await setter.set([], signal);
    expect(world.done[0]).toMatchObject([{ weights: [{ uid: 5, weight: 65_535 }] }]);
  });

  it('refuses once, in words, where only weights timelocked by drand are taken', async () => {
    const { world, setter, kinds } = await setUp();
    world.terms = { kind: 'unsupported', why: 'timelocked by drand' };
    await setter.set(WEIGHTS, signal);
    await setter.catchUp(signal);
    expect([kinds(), world.log]).toEqual([[], ['timelocked by drand']]);
  });
});
