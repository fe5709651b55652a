import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { MillraceError } from '#protocol/errors.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { testGenesis, testKey } from '../../support/chain-fixtures.ts';
import { createMemoryChain } from '../../support/memory-chain/memory-chain.ts';
import { workerRound } from '../worker-round.ts';

import {
  ROUND_BLOCKS,
  NOW_MS,
  setUp,
  payingChain,
  payUntil,
  EPOCH_PAY,
  follow,
  rewards,
  event,
  chainWith,
} from './earnings-scene.ts';

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
