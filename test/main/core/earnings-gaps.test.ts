import { expect, test, vi } from 'vitest';

import {
  HOTKEY,
  NOW_MS,
  setUp,
  payingChain,
  payUntil,
  EPOCH_PAY,
  follow,
  event,
  chainWith,
  sums,
} from './earnings-scene.ts';

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

test('keeps what was paid when the next node is still catching up with the chain', async () => {
  const scene = setUp();
  const events = [event(10, 5n), event(2_999, 6n)];
  await follow(scene, chainWith(events), 11n);
  const catchingUp = chainWith(events, { newest: { block: 1_000 }, timestampMs: NOW_MS - 2 * 3_600_000 });
  const asked = vi.spyOn(catchingUp, 'block');
  const taken = vi.spyOn(scene.ledger, 'forgetAfter');
  scene.earnings.useChain(catchingUp, (await catchingUp.info()).genesisHash);
  scene.earnings.onBlock(await catchingUp.head());
  await vi.waitFor(() => expect(asked).toHaveBeenCalled(), { interval: 1 });
  // The node that has all of it goes on from there.
  await follow(scene, chainWith([...events, event(3_001, 7n)], { newest: { block: 3_002 } }), 18n);
  expect(taken).not.toHaveBeenCalled();
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
