import { getEventListeners } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import type { BlockHeader } from '#protocol/chain/chain-client.ts';
import { type BlockClock, createBlockClock } from '#worker/run/block-clock.ts';

const block = (number: number): BlockHeader => ({ number, hash: `${number}`.padStart(64, '0'), timestampMs: number });

describe('the block clock', () => {
  let nowMs: number;
  let listeners: Set<(header: BlockHeader) => void>;
  let clock: BlockClock;
  let stopping: AbortController;
  const see = (number: number) => [...listeners].forEach((listener) => listener(block(number)));
  /** What has resolved so far, in order. */
  let events: string[];
  const wait = (number: number, signal = stopping.signal) =>
    clock.waitFor(number, signal).then(
      (header) => events.push(`${number} at ${header.number}`),
      (error: unknown) => events.push(`${number}: ${(error as { code: string }).code}`),
    );

  beforeEach(() => {
    nowMs = 1000;
    listeners = new Set();
    events = [];
    stopping = new AbortController();
    const onBlock = (listener: (header: BlockHeader) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    };
    clock = createBlockClock({ onBlock }, () => nowMs);
  });

  it('knows the newest block and how long ago it came', () => {
    expect(clock.current()).toBeNull();
    see(4);
    nowMs = 1300;
    expect([clock.current(), clock.sinceBlockMs()]).toEqual([block(4), 300]);
    see(6);
    expect([clock.current(), clock.sinceBlockMs()]).toEqual([block(6), 0]);
  });

  it('wakes each waiter at its block, the first that waited first', async () => {
    const waits = [wait(6), wait(5), wait(5)];
    see(4);
    await Promise.resolve();
    expect(events).toEqual([]);
    see(5);
    await Promise.all(waits.slice(1));
    expect(events).toEqual(['5 at 5', '5 at 5']);
    see(6);
    await waits[0];
    expect(events).toEqual(['5 at 5', '5 at 5', '6 at 6']);
  });

  it('gives the block that was seen when the one waited for was skipped', async () => {
    const waits = [wait(9), wait(5), wait(7)];
    see(8);
    see(9); // the promises of the earlier ones keep the block at which they were met
    await Promise.all(waits);
    expect(events).toEqual(['5 at 8', '7 at 8', '9 at 9']);
  });

  it('does not wait for a block that is there', async () => {
    see(5);
    await Promise.all([wait(5), wait(3)]);
    expect(events).toEqual(['5 at 5', '3 at 5']);
  });

  it('ends a wait when its signal aborts, and no other', async () => {
    const other = new AbortController();
    const waits = [wait(5), wait(5, other.signal)];
    stopping.abort();
    await waits[0];
    expect(events).toEqual(['5: ABORTED']);
    see(5);
    await waits[1];
    expect(events).toEqual(['5: ABORTED', '5 at 5']);
  });

  it('does not begin a wait whose signal has aborted, even for a block that is there', async () => {
    see(5);
    stopping.abort();
    await expect(clock.waitFor(5, stopping.signal)).rejects.toMatchObject({
      code: 'ABORTED',
      message: 'Stopped while waiting for block 5',
    });
  });

  it('leaves nothing behind on the signal, however a wait ended', async () => {
    const met = wait(5);
    see(5);
    await met;
    expect(getEventListeners(stopping.signal, 'abort')).toEqual([]);
    const aborted = wait(6);
    expect(getEventListeners(stopping.signal, 'abort')).toHaveLength(1);
    stopping.abort();
    await aborted;
    expect(getEventListeners(stopping.signal, 'abort')).toEqual([]);
  });

  it('hears no more blocks after stop', () => {
    see(4);
    clock.stop();
    expect(listeners.size).toBe(0);
  });
});
