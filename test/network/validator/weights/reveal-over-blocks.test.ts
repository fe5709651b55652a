import { expect, it, vi } from 'vitest';
import { revealOverBlocks } from '#network/validator/weights/reveal-over-blocks.ts';
import type { WeightSetter } from '#network/validator/weights/weight-setter.ts';
import type { BlockHeader } from '#protocol/chain/chain-client.ts';
import { createBlockClock } from '#worker/run/block-clock.ts';

it('catches up in each block, goes on after a failure, and ends when it is told', async () => {
  let tell: (block: BlockHeader) => void = () => undefined;
  const onBlock = (listener: typeof tell) => {
    tell = listener;
    return () => undefined;
  };
  const clock = createBlockClock({ onBlock }, () => 0);
  const stop = new AbortController();
  const log = vi.fn();
  let caughtUp: () => void = () => undefined;
  const catchUp = vi.fn(() => {
    caughtUp();
    return catchUp.mock.calls.length === 2 ? Promise.reject(new Error('no chain')) : Promise.resolve();
  });
  const setter: WeightSetter = { set: () => Promise.resolve(), catchUp };
  const ended = revealOverBlocks({ clock, log }, setter, stop.signal);
  for (const number of [7, 8, 9]) {
    const done = new Promise<void>((resolve) => {
      caughtUp = resolve;
    });
    tell({ number, hash: '', timestampMs: 0 });
    await done;
  }
  tell({ number: 9, hash: '', timestampMs: 0 }); // the same again
  stop.abort();
  await ended;
  expect(catchUp).toHaveBeenCalledTimes(3);
  expect(log.mock.calls).toEqual([['warning', 'no chain']]);
});
