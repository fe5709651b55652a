import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createEarnings, type Earnings } from '#main/core/earnings.ts';
import { initialState } from '#main/core/initial-state.ts';
import { openLedger, type Ledger } from '#main/core/ledger.ts';
import { createStore, type AppStore } from '#main/core/store.ts';
import type {
  BlockHeader,
  BlockRange,
  ChainClient,
  EmissionEvent,
  EmissionPage,
} from '#protocol/chain/chain-client.ts';
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
  const { days, ...sums } = scene.store.get().earnings;
  expect(days).toHaveLength(30);
  expect(days.at(-1)).toEqual({
    dayMs: new Date(NOW_MS).setHours(0, 0, 0, 0),
    alpha: '12300000000',
    rao: '12300000000',
  });
  expect(days.slice(0, -1).every(({ rao }) => rao === '0')).toBe(true);
  expect(sums).toEqual({
    totalAlpha: '12300000000',
    totalRao: '12300000000',
    todayRao: '12300000000',
    pendingAlpha: '0',
    pendingRao: '0',
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
  const newest = { block: 3_000 };
  const chain = chainWith(paid, { newest });
  const asked = vi.spyOn(chain, 'emissions');
  await follow(scene, chain, 5n);
  const summed = vi.spyOn(scene.ledger, 'summary');
  const nextBlock = async (): Promise<void> => {
    const before = asked.mock.calls.length;
    newest.block += 1;
    scene.earnings.onBlock(await chain.head());
    await vi.waitFor(() => expect(asked.mock.calls.length).toBeGreaterThan(before), { interval: 1 });
    await new Promise((resolve) => setImmediate(resolve));
  };
  await nextBlock();
  scene.earnings.recordRound(workerRound(0, ROUND_BLOCKS));
  await nextBlock();
  expect(summed).not.toHaveBeenCalled();

  paid.push(event(newest.block + 1, 6n));
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
  const chain = chainWith(events);
  const asked = vi.spyOn(chain, 'emissions');
  await follow(scene, chain, 5_000n);
  // Each page goes on where the one before ended: nothing is read twice.
  expect(asked.mock.calls.map(([, , range]) => [range.untilBlock, range.afterBlock])).toEqual([
    [3_000, 0],
    [1_500, 0],
    [500, 0],
  ]);
});

test('ignores payments that nobody asked about, and does not ask for ever', async () => {
  const scene = setUp();
  const foreign = [event(0, 9n), event(3_001, 9n), { ...event(2, 9n), hotkey: hotkeyOf(testKey(99)) }];
  const stuck = vi.fn();
  const chain = chainWith([event(1, 5n)], {
    answer: (page) => ({ ...page, events: [...page.events, ...foreign] }),
  });
  await follow(scene, chain, 5n);
  const mute = chainWith([], {
    newest: { block: 3_200 },
    answer(page, { untilBlock }) {
      stuck();
      return { ...page, afterBlock: untilBlock };
    },
  });
  scene.earnings.useChain(mute, (await mute.info()).genesisHash);
  for (let turn = 1; turn <= 3; turn += 1) {
    scene.earnings.onBlock(await mute.head());
    await vi.waitFor(() => expect(stuck).toHaveBeenCalledTimes(turn), { interval: 1 });
    await new Promise((resolve) => setImmediate(resolve));
  }
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

interface FakeChain {
  readonly newest?: { block: number };
  readonly answer?: (page: EmissionPage, range: BlockRange) => EmissionPage;
  /** Blocks from this one on are others than those of the usual chain. */
  readonly forkedAt?: number;
}

/** Any payments at all, without waiting for a real chain to make them: 3,000 blocks at first, all final. */
function chainWith(
  events: readonly EmissionEvent[],
  { newest = { block: 3_000 }, answer = (page) => page, forkedAt = Infinity }: FakeChain = {},
): ChainClient {
  const chain = createMemoryChain(testGenesis());
  const header = (number: number): BlockHeader => ({
    ...{ number, hash: `${number >= forkedAt ? 'fork' : 'block'} ${number}`, timestampMs: 1_000_000 },
  });
  return {
    ...chain,
    head: () => Promise.resolve(header(newest.block)),
    finalized: () => Promise.resolve(newest.block),
    block: (number) => Promise.resolve(number > newest.block ? null : header(number)),
    emissions(_netuid, _hotkey, range) {
      const inRange = events.filter(({ block }) => block > range.afterBlock && block <= range.untilBlock);
      const page = inRange.slice(-1_000);
      const afterBlock = page.length < inRange.length ? page[0]!.block - 1 : range.afterBlock;
      return Promise.resolve(answer({ events: page, afterBlock, isForgotten: false }, range));
    },
  };
}

const sums = ({ store }: Scene) => {
  const { totalRao, todayRao, pendingAlpha, pendingRao } = store.get().earnings;
  return { totalRao, todayRao, pendingAlpha, pendingRao };
};

test('tells what is paid in blocks that may still be replaced apart from what is final', async () => {
  const scene = setUp();
  const chain = await payingChain();
  chain.setFinalityLag(3);
  await payUntil(chain, 12);
  const pay = EPOCH_PAY.toString();
  await follow(scene, chain, 0n);
  await vi.waitFor(() => expect(scene.store.get().earnings.pendingRao).toBe(pay), { interval: 1 });
  expect(sums(scene)).toEqual({ totalRao: '0', todayRao: '0', pendingAlpha: pay, pendingRao: pay });

  chain.reorganise(3); // the block that paid is gone
  scene.earnings.onBlock(await chain.head());
  await vi.waitFor(() => expect(scene.store.get().earnings.pendingRao).toBe('0'), { interval: 1 });

  await payUntil(chain, 13);
  await follow(scene, chain, EPOCH_PAY);
  await vi.waitFor(() => expect(scene.store.get().earnings.pendingRao).toBe('0'), { interval: 1 });
  expect(sums(scene)).toEqual({ totalRao: pay, todayRao: pay, pendingAlpha: '0', pendingRao: '0' });
});

test('says what a forgetful node leaves out, and fills it in from one that keeps everything, once', async () => {
  const scene = setUp();
  const chain = await payingChain();
  await payUntil(chain, 45);
  chain.setForgotten(25);
  await follow(scene, chain, 2n * EPOCH_PAY);
  await vi.waitFor(() => expect(scene.store.get().notices).toHaveLength(1), { interval: 1 });
  expect(scene.store.get().notices[0]).toMatchObject({ level: 'warning' });
  expect(scene.store.get().notices[0]?.message).toContain('blocks 2 to 25 is not counted yet');
  scene.earnings.close();
  scene.ledger.close();

  const later = setUp(scene.home);
  await payUntil(chain, 55);
  await follow(later, chain, 3n * EPOCH_PAY);
  expect(later.store.get().notices).toHaveLength(1);
  chain.setForgotten(0);
  await follow(later, chain, 5n * EPOCH_PAY);
  expect(later.store.get().notices).toEqual([]);
  expect(later.ledger.readRanges({ genesisHash: (await chain.info()).genesisHash, hotkey: HOTKEY })).toHaveLength(1);
});

test('asks a node only once for what it has forgotten', async () => {
  const scene = setUp();
  const newest = { block: 3_000 };
  const chain = chainWith([event(2_500, 5n)], {
    newest,
    answer: (page, { afterBlock }) => (afterBlock < 2_000 ? { ...page, afterBlock: 2_000, isForgotten: true } : page),
  });
  const asked = vi.spyOn(chain, 'emissions');
  await follow(scene, chain, 5n);
  newest.block += 1;
  scene.earnings.onBlock(await chain.head());
  await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(2), { interval: 1 });
  expect(asked.mock.calls.map(([, , range]) => range.afterBlock)).toEqual([0, 3_000]);
  // It was not registered then, as far as anybody knows: nothing is missing.
  expect(scene.store.get().notices).toEqual([]);
});

test('takes back what a node made up of blocks that the chain does not have', async () => {
  const scene = setUp();
  const far = 1_000_000_000;
  const liar = chainWith([event(10, 5n), event(far, 900n)], { newest: { block: far }, forkedAt: 3_100 });
  await follow(scene, liar, 905n);
  const newest = { block: 3_000 };
  const honest = chainWith([event(10, 5n), event(2_000, 6n), event(3_001, 7n)], { newest });
  await follow(scene, honest, 11n);
  newest.block += 1;
  await follow(scene, honest, 18n);
});

test('takes back payments of blocks whose place others have taken, and keeps those before', async () => {
  const scene = setUp();
  const common = Array.from({ length: 9 }, (_, index) => event(100 * (index + 1), 1n));
  const made = Array.from({ length: 6 }, (_, index) => event(1_000 + index, 50n));
  await follow(scene, chainWith([...common, ...made], { forkedAt: 1_000 }), 309n);
  const taken = vi.spyOn(scene.ledger, 'forgetAfter');
  await follow(scene, chainWith([...common, event(1_003, 2n)]), 11n);
  expect(taken.mock.calls.map(([, block]) => block)).toEqual([900]);
});

test('waits for a node that is a little behind, and changes nothing meanwhile', async () => {
  const scene = setUp();
  const events = [event(10, 5n), event(2_999, 6n), event(3_001, 7n)];
  await follow(scene, chainWith(events), 11n);
  const newest = { block: 2_900 };
  const behind = chainWith(events, { newest });
  const asked = vi.spyOn(behind, 'finalized');
  await follow(scene, behind, 11n);
  await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(1), { interval: 1 });
  newest.block = 3_002;
  await follow(scene, behind, 18n);
});

test('counts nothing of a block that the node cannot show', async () => {
  const scene = setUp();
  const chain = chainWith([event(5, 5n), event(7, 9n)]);
  const honest = chainWith([event(5, 5n)]);
  const asked = vi.spyOn(chain, 'block');
  asked.mockImplementation((number) => (number === 7 ? Promise.resolve(null) : honest.block(number)));
  scene.earnings.useChain(chain, (await chain.info()).genesisHash);
  scene.earnings.onBlock(await chain.head());
  await vi.waitFor(() => expect(asked).toHaveBeenCalledWith(7, expect.anything()), { interval: 1 });
  await follow(scene, honest, 5n);
});
