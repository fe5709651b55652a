import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { associateHotkey } from '#network/devnet/pallets/subtensor/hotkeys.ts';
import { setAt } from '#network/devnet/pallets/subtensor/neuron-lists.ts';
import { appendNeuron } from '#network/devnet/pallets/subtensor/neuron-slots.ts';
import { addStake } from '#network/devnet/pallets/subtensor/share-pool.ts';
import { validatorPermit, weights } from '#network/devnet/pallets/subtensor/storage-neurons.ts';
import {
  commitRevealWeightsEnabled,
  revealPeriodEpochs,
  stakeThreshold,
  weightsSetRateLimit,
} from '#network/devnet/pallets/subtensor/storage-parameters.ts';
import { subnetAlphaOut, subnetEpochIndex } from '#network/devnet/pallets/subtensor/storage-subnet.ts';
import type { RpcMethod } from '#network/devnet/rpc/rpc-method.ts';
import { State } from '#network/devnet/runtime/state.ts';
import { openCommitFile } from '#network/validator/weights/commit-file.ts';
import { openWeightSetter, type WeightSetter } from '#network/validator/weights/weight-setter.ts';
import { toHex, utf8 } from '#protocol/bytes.ts';
import type { ChainClient } from '#protocol/chain/chain-client.ts';
import { createSubtensorClient } from '#protocol/chain/subtensor/subtensor-client.ts';
import type { Uid } from '#protocol/ids.ts';
import { hotkeyOf, keyPairFromSeed } from '#protocol/keys.ts';
import { accountNamed, NETUID } from '../../../support/devnet-calls.ts';
import { startTestDevnet, TAO, type TestDevnet } from '../../../support/devnet.ts';
import { serveOverridden } from '../../../support/rpc-override.ts';

/** Of the test devnet's subnet. */
const TEMPO = 10;
const PERIOD_EPOCHS = 2;
const VALIDATOR = 0;
const hotkey = keyPairFromSeed(new Uint8Array(32).fill(6));
const { signal } = new AbortController();

/** A validator with stake and permit and two miners, in a subnet where weights are revealed two epochs after their commit. */
function genesis(state: State): void {
  state.set(commitRevealWeightsEnabled, NETUID, true);
  state.set(revealPeriodEpochs, NETUID, BigInt(PERIOD_EPOCHS));
  state.set(weightsSetRateLimit, NETUID, 0n);
  state.set(stakeThreshold, 0n);
  const coldkey = accountNamed('coldkey');
  for (const key of [hotkey.publicKey, accountNamed('miner 1'), accountNamed('miner 2')]) {
    associateHotkey(state, coldkey, key);
    appendNeuron(state, { netuid: NETUID, hotkey: key, block: 0 });
  }
  addStake(state, { coldkey, hotkey: hotkey.publicKey, netuid: NETUID }, TAO);
  state.set(subnetAlphaOut, NETUID, state.get(subnetAlphaOut, NETUID) + TAO);
  setAt(state, validatorPermit, NETUID, VALIDATOR, true);
}

let devnet: TestDevnet;
let chain: ChainClient;
let folder: string;
let log: string[];
beforeEach(async () => {
  devnet = await startTestDevnet(null, genesis);
  chain = createSubtensorClient({ endpoints: [devnet.url], webSocket: WebSocket });
  folder = await mkdtemp(join(tmpdir(), 'commit-reveal-'));
  log = [];
});
afterEach(async () => {
  chain.close();
  await devnet.close();
  await rm(folder, { recursive: true });
});

/** As a validator's process begins, with nothing of an earlier one but the file. */
function start(): Promise<WeightSetter> {
  const commits = openCommitFile(join(folder, 'weight-commits.json'), (message) => log.push(message));
  const tell = (_: string, message: string): void => void log.push(message);
  return openWeightSetter({ ...{ chain, commits, hotkey, netuid: NETUID, log: tell }, newSalt: () => [1, 65_535] });
}

const state = (): State => new State(devnet.node.headState);
const epoch = (): number => Number(state().get(subnetEpochIndex, NETUID));
const onChain = (): unknown => state().get(weights, NETUID, VALIDATOR);
const pass = (blocks: number): void => {
  for (let i = 0; i < blocks; i += 1) devnet.node.produceBlock(Date.now());
};
/** Up to the block before the first one of that epoch. */
const passToEnd = (before: number): void => {
  while (epoch() < before - 1 || (devnet.node.head.header.number + 1) % TEMPO !== 0) pass(1);
};
/** Makes a block for each of the calls that come of it. */
async function withBlocks(done: Promise<void>, calls: number): Promise<void> {
  for (let i = 0; i < calls; i += 1) {
    await vi.waitFor(() => expect(devnet.node.pool.entries).toHaveLength(1), { interval: 1, timeout: 30_000 });
    pass(1);
  }
  await done;
}
const entries = (first: number, second: number) => [
  { uid: 1 as Uid, weight: first },
  { uid: 2 as Uid, weight: second },
];

it('weights are committed to once in an epoch and revealed in theirs, also after a restart', async () => {
  passToEnd(1);
  pass(1);
  const setter = await start();
  await withBlocks(setter.set(entries(1, 1), signal), 1);
  await withBlocks(setter.set(entries(1, 3), signal), 0); // another round of the same epoch
  expect(await chain.weightTerms(NETUID, hotkeyOf(hotkey))).toMatchObject({
    ...{ kind: 'commit-reveal', epoch: 1, revealPeriodEpochs: 2, uid: VALIDATOR, canCommit: true },
    commits: [{ epoch: 1 }],
  });
  passToEnd(2);
  await withBlocks(setter.catchUp(signal), 1); // the block that is made for it begins epoch 2
  expect(epoch()).toBe(2);
  expect(onChain()).toEqual([]);

  const restarted = await start();
  await withBlocks(restarted.catchUp(signal), 0);
  passToEnd(3);
  await withBlocks(restarted.catchUp(signal), 1);
  expect([epoch(), onChain()]).toEqual([
    3,
    [
      [1, 65_535],
      [2, 65_535],
    ],
  ]);
  passToEnd(4);
  await withBlocks(restarted.catchUp(signal), 1);
  expect(onChain()).toEqual([
    [1, 21_845],
    [2, 65_535],
  ]);
  expect((await chain.weightTerms(NETUID, hotkeyOf(hotkey))) as object).toMatchObject({ commits: [] });
  expect(log.filter((line) => line.startsWith('Revealed'))).toEqual([
    'Revealed the weights of epoch 1',
    'Revealed the weights of epoch 2',
  ]);
  await withBlocks((await start()).catchUp(signal), 0); // nothing is left to do
});

it('who was away for the epoch of the reveal drops the commit, and goes on with the next weights', async () => {
  await withBlocks((await start()).set(entries(1, 3), signal), 1);
  pass(TEMPO * (PERIOD_EPOCHS + 1));
  const restarted = await start();
  await withBlocks(restarted.set(entries(3, 1), signal), 1);
  expect(log.filter((line) => line.startsWith('Drops'))).toHaveLength(1);
  const committed = epoch();
  passToEnd(committed + PERIOD_EPOCHS);
  await withBlocks(restarted.catchUp(signal), 1);
  expect(onChain()).toEqual([
    [1, 65_535],
    [2, 21_845],
  ]);
});

it('the chain takes the hash of weights for oneself alone, by which earlier ones are taken back', async () => {
  const setter = await start();
  await withBlocks(setter.set([], signal), 1);
  passToEnd(PERIOD_EPOCHS);
  await withBlocks(setter.catchUp(signal), 1);
  expect(onChain()).toEqual([[VALIDATOR, 65_535]]);
});

it.each(['commit_weights', 'SubnetEpochIndex'])(
  'a chain without %s is named as one that takes timelocked weights alone',
  async (name) => {
    const [there, other] = [name, `z${name.slice(1)}`].map((each) => toHex(utf8(each))) as [string, string];
    const renamed =
      (right: RpcMethod): RpcMethod =>
      (params, caller) => {
        const answer = right(params, caller);
        return typeof answer === 'string' ? answer.replaceAll(there, other) : answer;
      };
    const server = await serveOverridden(devnet.node, { state_getMetadata: renamed, state_call: renamed });
    const client = createSubtensorClient({ endpoints: [server.url], webSocket: WebSocket });
    try {
      const terms = await client.weightTerms(NETUID, hotkeyOf(hotkey));
      expect(terms).toMatchObject({ kind: 'unsupported', why: expect.stringContaining('drand') as string });
    } finally {
      client.close();
      await server.close();
    }
  },
);
