import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createEarnings, type Earnings } from '#main/core/earnings.ts';
import { initialState } from '#main/core/initial-state.ts';
import { openLedger, type Ledger } from '#main/core/ledger.ts';
import { createStore, type AppStore } from '#main/core/store.ts';
import type { ChainClient, EmissionEvent } from '#protocol/chain/chain-client.ts';
import { MillraceError } from '#protocol/errors.ts';
import { coldkeyOf, hotkeyOf } from '#protocol/keys.ts';
import { alpha, rao } from '#protocol/units.ts';
import { NETUID, testGenesis, testKey, validator } from '../../support/chain-fixtures.ts';
import { createMemoryChain, type MemoryChain } from '../../support/memory-chain/memory-chain.ts';
import { temporaryHome } from '../temporary-home.ts';
import { workerRound } from '../worker-round.ts';

const miner = { hot: testKey(30), cold: testKey(31) };
const HOTKEY = hotkeyOf(miner.hot);
const ROUND_BLOCKS = 10;
const NOW_MS = 1_030_000;

interface Scene {
  readonly home: string;
  readonly ledger: Ledger;
  readonly store: AppStore;
  readonly earnings: Earnings;
}

function setUp(home = temporaryHome(), nowMs = () => NOW_MS): Scene {
  const { ledger } = openLedger(home, NOW_MS);
  const store = createStore(initialState('1', 'headless'));
  const earnings = createEarnings({
    netuid: NETUID,
    ledger,
    store,
    hotkey: HOTKEY,
    defaultRoundBlocks: ROUND_BLOCKS,
    nowMs,
    log: () => undefined,
  });
  return { home, ledger, store, earnings };
}

/** A chain on which the miner is paid every 10 blocks, 41 % of 10 TAO, when the validator weighs it in each of them. */
async function payingChain(): Promise<MemoryChain> {
  const chain = createMemoryChain(testGenesis());
  const registered = chain.submit({ kind: 'register', netuid: NETUID, hotkey: HOTKEY }, miner.cold);
  await chain.produceBlock();
  await registered;
  return chain;
}

async function payUntil(chain: MemoryChain, block: number): Promise<void> {
  const { uid } = (await chain.neurons(NETUID)).find(({ hotkey }) => hotkey === HOTKEY)!;
  for (let { number } = await chain.head(); number < block; number = (await chain.head()).number) {
    const weighed = chain.submit({ kind: 'set-weights', netuid: NETUID, weights: [{ uid, weight: 1 }] }, validator.hot);
    await chain.produceBlock();
    await weighed;
    await chain.produceUntil(Math.min(block, 10 * (Math.floor(number / 10) + 1)));
  }
}

const EPOCH_PAY = 4_100_000_000n;

async function follow({ earnings, store }: Scene, chain: ChainClient, totalRao: bigint): Promise<void> {
  earnings.useChain(chain, (await chain.info()).genesisHash);
  earnings.onBlock(await chain.head());
  await vi.waitFor(() => expect(store.get().earnings.totalRao).toBe(totalRao.toString()), { interval: 1 });
}

const rewards = (store: AppStore): unknown => store.get().rounds.map((entry) => [entry.round, entry.rewardRao]);

test('reads what was paid, and counts it once however many blocks pass', async () => {
  const scene = setUp();
  const chain = await payingChain();
  await payUntil(chain, 25);
  await follow(scene, chain, 2n * EPOCH_PAY);
  for (let i = 0; i < 3; i += 1) scene.earnings.onBlock(await chain.head());
  await payUntil(chain, 30);
  await follow(scene, chain, 3n * EPOCH_PAY);
  // The memory chain's block n is made at 1_000_000 + 50 n ms.
  expect(scene.store.get().earnings).toEqual({
    totalAlpha: '12300000000',
    totalRao: '12300000000',
    todayRao: '12300000000',
    lastRewardRao: '4100000000',
    lastRewardAtMs: 1_001_500,
  });
});

test('gives a round its reward when its closing epoch block is known, and nothing when nothing was paid', async () => {
  const scene = setUp();
  const chain = await payingChain();
  await payUntil(chain, 15);
  await follow(scene, chain, EPOCH_PAY);
  for (const number of [0, 1]) scene.earnings.recordRound(workerRound(number, ROUND_BLOCKS));
  expect(rewards(scene.store)).toEqual([
    [0, EPOCH_PAY.toString()],
    [1, null],
  ]);
  await payUntil(chain, 20);
  await follow(scene, chain, 2n * EPOCH_PAY);
  expect(rewards(scene.store)).toEqual([
    [0, EPOCH_PAY.toString()],
    [1, EPOCH_PAY.toString()],
  ]);

  const unpaid = setUp();
  const poor = createMemoryChain(testGenesis());
  unpaid.earnings.useChain(poor, (await poor.info()).genesisHash);
  unpaid.earnings.recordRound(workerRound(0, ROUND_BLOCKS));
  expect(rewards(unpaid.store)).toEqual([[0, null]]);
  unpaid.earnings.onBlock(await poor.produceUntil(10));
  await vi.waitFor(() => expect(rewards(unpaid.store)).toEqual([[0, '0']]), { interval: 1 });
});

test('keeps rounds that the worker tells before the chain has answered', async () => {
  const scene = setUp();
  scene.earnings.recordRound(workerRound(0, ROUND_BLOCKS));
  expect(rewards(scene.store)).toEqual([]);
  const chain = await payingChain();
  await payUntil(chain, 12);
  await follow(scene, chain, EPOCH_PAY);
  expect(rewards(scene.store)).toEqual([[0, EPOCH_PAY.toString()]]);
});

test('shows the last known numbers before the chain answers', async () => {
  const first = setUp();
  const chain = await payingChain();
  await payUntil(chain, 12);
  await follow(first, chain, EPOCH_PAY);
  first.earnings.recordRound(workerRound(0, ROUND_BLOCKS));
  first.earnings.close();
  first.ledger.close();

  const second = setUp(first.home);
  expect(second.store.get().earnings.totalRao).toBe(EPOCH_PAY.toString());
  expect(rewards(second.store)).toEqual([[0, EPOCH_PAY.toString()]]);
});

test('reads everything again from the chain when the database was damaged', async () => {
  const first = setUp();
  const chain = await payingChain();
  await payUntil(chain, 32);
  await follow(first, chain, 3n * EPOCH_PAY);
  first.ledger.close();
  writeFileSync(join(first.home, 'ledger.db'), 'garbage'.repeat(1000));

  const second = setUp(first.home);
  expect(second.store.get().earnings.totalRao).toBe('0');
  await follow(second, chain, 3n * EPOCH_PAY);
});

test('keeps the earnings of a devnet that was begun anew apart', async () => {
  const scene = setUp();
  const chain = await payingChain();
  await payUntil(chain, 12);
  await follow(scene, chain, EPOCH_PAY);
  scene.earnings.recordRound(workerRound(0, ROUND_BLOCKS));

  const anew = createMemoryChain(testGenesis({ blockMs: 60 }));
  scene.earnings.useChain(anew, (await anew.info()).genesisHash);
  expect(scene.store.get().earnings.totalRao).toBe('0');
  expect(scene.store.get().rounds).toEqual([]);
  await follow(scene, chain, EPOCH_PAY);
});

test('reads the sums again only when something was paid or a day has ended', async () => {
  let now = NOW_MS;
  const scene = setUp(undefined, () => now);
  const paid = [event(1, 5n)];
  const chain = chainWith(paid);
  const asked = vi.spyOn(chain, 'emissions');
  await follow(scene, chain, 5n);
  const summed = vi.spyOn(scene.ledger, 'summary');
  const nextBlock = async (): Promise<void> => {
    const before = asked.mock.calls.length;
    scene.earnings.onBlock(await chain.head());
    await vi.waitFor(() => expect(asked.mock.calls.length).toBeGreaterThan(before), { interval: 1 });
    await new Promise((resolve) => setImmediate(resolve));
  };
  await nextBlock();
  scene.earnings.recordRound(workerRound(0, ROUND_BLOCKS));
  await nextBlock();
  expect(summed).not.toHaveBeenCalled();

  paid.push(event(2, 6n));
  await nextBlock();
  expect(summed).toHaveBeenCalledTimes(1);
  expect(scene.store.get().earnings.totalRao).toBe('11');

  now += 24 * 3_600_000;
  await nextBlock();
  expect(summed).toHaveBeenCalledTimes(2);
  expect(scene.store.get().earnings.todayRao).toBe('0');
});

test('pages through more payments than one answer holds', async () => {
  const scene = setUp();
  const events = Array.from({ length: 2_500 }, (_, index) => event(index + 1, 2n));
  await follow(scene, chainWith(events), 5_000n);
});

test('ignores payments that nobody asked about, and does not ask for ever', async () => {
  const scene = setUp();
  const foreign = Array.from({ length: 1_000 }, () => ({ ...event(0, 9n), block: 0 }));
  const chain = chainWith([event(1, 5n)], (events) => (events.length === 0 ? foreign : events));
  const asked = vi.spyOn(chain, 'emissions');
  await follow(scene, chain, 5n);
  scene.earnings.onBlock(await chain.head());
  await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(2), { interval: 1 });
  expect(scene.store.get().earnings.totalRao).toBe('5');
});

test('goes on with the next block when the chain did not answer', async () => {
  const scene = setUp();
  const chain = chainWith([event(1, 5n)]);
  const emissions = vi.spyOn(chain, 'emissions');
  emissions.mockRejectedValueOnce(new MillraceError('CHAIN_UNREACHABLE', 'gone'));
  scene.earnings.useChain(chain, (await chain.info()).genesisHash);
  scene.earnings.onBlock(await chain.head());
  await vi.waitFor(() => expect(emissions).toHaveBeenCalledTimes(1), { interval: 1 });
  await follow(scene, chain, 5n);
});

test('says so when the database fails, and reads again at the next block', async () => {
  const scene = setUp();
  const chain = chainWith([event(1, 5n)]);
  const record = vi.spyOn(scene.ledger, 'recordEmissions');
  record.mockImplementationOnce(() => {
    throw new MillraceError('DATABASE', 'disk full');
  });
  scene.earnings.useChain(chain, (await chain.info()).genesisHash);
  scene.earnings.onBlock(await chain.head());
  await vi.waitFor(() => expect(scene.store.get().notices[0]?.message).toContain('disk full'), { interval: 1 });
  await follow(scene, chain, 5n);
  expect(scene.store.get().notices).toEqual([]);
});

const event = (block: number, amount: bigint): EmissionEvent => ({
  block,
  hotkey: HOTKEY,
  coldkey: coldkeyOf(miner.cold),
  amountAlpha: alpha(amount),
  amountRao: rao(amount),
});

/** Any payments at all, without waiting for a real chain to make them. */
function chainWith(
  events: readonly EmissionEvent[],
  answer: (events: readonly EmissionEvent[]) => readonly EmissionEvent[] = (found) => found,
): ChainClient {
  const chain = createMemoryChain(testGenesis());
  return {
    ...chain,
    emissions: (_netuid, _hotkey, after) =>
      Promise.resolve(answer(events.filter(({ block }) => block > after).slice(0, 1000))),
  };
}
