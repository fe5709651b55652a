import type { QuietApi } from '#protocol/chain/subtensor/quiet-api.ts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BlockHeader } from '#protocol/chain/chain-client.ts';
import { createLatest } from '#protocol/chain/latest.ts';
import type { SubtensorConnection } from '#protocol/chain/subtensor/connection.ts';
import { followHeads } from '#protocol/chain/subtensor/follow-heads.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('leaves no subscription behind when the other one fails, and tries both again', async () => {
  let listening = 0;
  const end = (): void => void (listening -= 1);
  const begin = (): Promise<() => void> => {
    listening += 1;
    return Promise.resolve(end);
  };
  const subscribeFinalizedHeads = vi.fn(begin);
  for (let i = 0; i < 3; i += 1) subscribeFinalizedHeads.mockRejectedValueOnce(new Error('too many'));
  const api = { consts: {}, rpc: { chain: { subscribeNewHeads: begin, subscribeFinalizedHeads } } };
  const connection = {
    ...{ ready: Promise.resolve(api as unknown as QuietApi), endpoint: () => 'ws://one', leave: () => undefined },
    ...{ state: createLatest(), ask: vi.fn(), act: vi.fn(), close: () => undefined, endpoints: ['ws://one'] },
  } as unknown as SubtensorConnection;
  const heads = { best: createLatest<BlockHeader>(), finalized: createLatest<number>(), jumps: createLatest<number>() };
  const stop = followHeads(connection, heads, () => undefined);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(subscribeFinalizedHeads).toHaveBeenCalledTimes(4);
  expect(listening).toBe(2);
  stop();
  expect(listening).toBe(0);
});
