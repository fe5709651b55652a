import { expect, vi } from 'vitest';
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
import { coldkeyOf, hotkeyOf } from '#protocol/keys.ts';
import { alpha, rao } from '#protocol/units.ts';
import { NETUID, testGenesis, testKey, validator } from '../../support/chain-fixtures.ts';
import { createMemoryChain, type MemoryChain } from '../../support/memory-chain/memory-chain.ts';
import { temporaryHome } from '../temporary-home.ts';

const miner = { hot: testKey(30), cold: testKey(31) };
export const HOTKEY = hotkeyOf(miner.hot);
export const ROUND_BLOCKS = 10;
export const NOW_MS = 1_030_000;

export interface Scene {
  readonly home: string;
  readonly ledger: Ledger;
  readonly store: AppStore;
  readonly earnings: Earnings;
}

export function setUp(home = temporaryHome(), nowMs = () => NOW_MS): Scene {
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
export async function payingChain(): Promise<MemoryChain> {
  const chain = createMemoryChain(testGenesis());
  const registered = chain.submit({ kind: 'register', netuid: NETUID, hotkey: HOTKEY }, miner.cold);
  await chain.produceBlock();
  await registered;
  return chain;
}

export async function payUntil(chain: MemoryChain, block: number): Promise<void> {
  const { uid } = (await chain.neurons(NETUID)).find(({ hotkey }) => hotkey === HOTKEY)!;
  for (let { number } = await chain.head(); number < block; number = (await chain.head()).number) {
    const weighed = chain.submit({ kind: 'set-weights', netuid: NETUID, weights: [{ uid, weight: 1 }] }, validator.hot);
    await chain.produceBlock();
    await weighed;
    await chain.produceUntil(Math.min(block, 10 * (Math.floor(number / 10) + 1)));
  }
}

export const EPOCH_PAY = 4_100_000_000n;

export async function follow({ earnings, store }: Scene, chain: ChainClient, totalRao: bigint): Promise<void> {
  earnings.useChain(chain, (await chain.info()).genesisHash);
  earnings.onBlock(await chain.head());
  await vi.waitFor(() => expect(store.get().earnings.totalRao).toBe(totalRao.toString()), { interval: 1 });
}

export const rewards = (store: AppStore): unknown => store.get().rounds.map((entry) => [entry.round, entry.rewardRao]);

export const event = (block: number, amount: bigint): EmissionEvent => ({
  block,
  hotkey: HOTKEY,
  coldkey: coldkeyOf(miner.cold),
  amountAlpha: alpha(amount),
  amountRao: rao(amount),
});

export interface FakeChain {
  readonly newest?: { block: number };
  readonly answer?: (page: EmissionPage, range: BlockRange) => EmissionPage;
  /** Blocks from this one on are others than those of the usual chain. */
  readonly forkedAt?: number;
  /** Of its blocks. */
  readonly timestampMs?: number;
}

/** Any payments at all, without waiting for a real chain to make them: 3,000 blocks at first, all final. */
export function chainWith(
  events: readonly EmissionEvent[],
  { newest = { block: 3_000 }, answer = (page) => page, forkedAt = Infinity, timestampMs = 1_000_000 }: FakeChain = {},
): ChainClient {
  const chain = createMemoryChain(testGenesis());
  const header = (number: number): BlockHeader => ({
    ...{ number, hash: `${number >= forkedAt ? 'fork' : 'block'} ${number}`, timestampMs },
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

export const sums = ({ store }: Scene) => {
  const { totalRao, todayRao, pendingAlpha, pendingRao } = store.get().earnings;
  return { totalRao, todayRao, pendingAlpha, pendingRao };
};
