import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { foundRun } from '#network/devnet/node/found-run.ts';
import {
  immunityPeriod,
  maxAllowedUids,
  minNonImmuneUids,
} from '#network/devnet/pallets/subtensor/storage-parameters.ts';
import { createSubtensorClient } from '#protocol/chain/subtensor/subtensor-client.ts';
import type { ChainClient } from '#protocol/chain/chain-client.ts';
import type { Uid } from '#protocol/ids.ts';
import { hotkeyOf, type KeyPair, keyPairFromSeed } from '#protocol/keys.ts';
import { RAO_PER_TAO } from '#protocol/units.ts';
import { allEmissions } from '../../support/all-emissions.ts';
import { sr25519PairFromUri } from '../../support/devnet-keys.ts';
import { startTestDevnet, type TestDevnet } from '../../support/devnet.ts';

const NETUID = 3;
const TEMPO = 30;
const alice = sr25519PairFromUri('//Alice');
const key = (n: number): KeyPair => keyPairFromSeed(new Uint8Array(32).fill(n));
const [validator, owner, miner, newcomer] = [key(1), key(2), key(3), key(4)];

let devnet: TestDevnet;
let chain: ChainClient;

beforeEach(async () => {
  devnet = await startTestDevnet(null, (state) => {
    const run = { netuid: NETUID, tempo: TEMPO, ownerColdkey: owner.address, ownerHotkey: validator.address };
    const stake = { hotkey: validator.address, coldkey: owner.address, stakeAlpha: 1000n * RAO_PER_TAO };
    foundRun(state, { ...run, validators: [stake] });
    state.set(maxAllowedUids, NETUID, 2);
    state.set(immunityPeriod, NETUID, 1);
    state.set(minNonImmuneUids, NETUID, 0);
  });
  chain = createSubtensorClient({ endpoints: [devnet.url], webSocket: WebSocket });
  await register(miner);
  const weights = [{ uid: 1 as Uid, weight: 65_535 }];
  const weighing = chain.submit({ kind: 'set-weights', netuid: NETUID, weights }, validator);
  expect(await inNextBlock(weighing)).toMatchObject({ kind: 'included' });
});
afterEach(async () => {
  chain.close();
  await devnet.close();
});

/** Makes a block once the chain has the call that was sent. */
async function inNextBlock<T>(sent: Promise<T>): Promise<T> {
  await vi.waitFor(() => expect(devnet.node.pool.entries).toHaveLength(1), { timeout: 5_000, interval: 1 });
  devnet.node.produceBlock(Date.now());
  return sent;
}

const register = async (hotkey: KeyPair): Promise<number> => {
  const outcome = await inNextBlock(
    chain.submit({ kind: 'register', netuid: NETUID, hotkey: hotkeyOf(hotkey) }, alice),
  );
  return outcome.kind === 'included' ? outcome.block : Promise.reject(new Error(outcome.message));
};
const makeUntil = (block: number): void => {
  while (devnet.node.head.header.number < block) devnet.node.produceBlock(Date.now());
};
const paidBlocks = async (hotkey: KeyPair): Promise<readonly number[]> =>
  (await allEmissions(chain, NETUID, hotkeyOf(hotkey))).map(({ block }) => block);

describe('what a miner was paid', () => {
  it('is told when its block is final, because others might take its place', async () => {
    makeUntil(TEMPO);
    const final = await chain.finalized();
    expect(final).toBeLessThan(TEMPO);
    expect(await paidBlocks(miner)).toEqual([]);
    makeUntil(TEMPO + 2);
    expect(await chain.finalized()).toBe(TEMPO);
    expect(await paidBlocks(miner)).toEqual([TEMPO]);
  });

  it('is its own, also when another takes its place in the block that pays', async () => {
    makeUntil(TEMPO - 1);
    expect(await register(newcomer)).toBe(TEMPO);
    makeUntil(TEMPO + 2);
    expect((await chain.neurons(NETUID)).map(({ hotkey }) => hotkey)).toEqual([
      hotkeyOf(validator),
      hotkeyOf(newcomer),
    ]);
    expect(await paidBlocks(newcomer)).toEqual([]);
    expect(await paidBlocks(miner)).toEqual([TEMPO]);
  });
});
