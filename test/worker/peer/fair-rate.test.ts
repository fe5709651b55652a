import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FairRate } from '#worker/peer/fair-rate.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Takes portions for a peer one after the other for ever, and counts the bytes. */
function greedy(rate: FairRate, peer: string, portion = 1000): { bytes: number } {
  const count = { bytes: 0 };
  const take = async (): Promise<void> => {
    for (;;) {
      await rate.take(peer, portion);
      count.bytes += portion;
    }
  };
  void take();
  return count;
}

describe('a rate without caps', () => {
  it('never waits', async () => {
    const rate = new FairRate({});
    for (let i = 0; i < 1000; i += 1) await rate.take('a', 1e9);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a capped rate', () => {
  it('lets no more pass than its cap and one burst', async () => {
    const count = greedy(new FairRate({ bytesPerSecond: 100_000 }), 'a');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(count.bytes).toBeGreaterThanOrEqual(990_000);
    expect(count.bytes).toBeLessThanOrEqual(1_012_000);
  });

  it('gives a peer with many requests no more than one with few', async () => {
    const rate = new FairRate({ bytesPerSecond: 100_000 });
    const many = Array.from({ length: 8 }, () => greedy(rate, 'a'));
    const one = greedy(rate, 'b');
    await vi.advanceTimersByTimeAsync(10_000);
    const ofMany = many.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(one.bytes / (one.bytes + ofMany)).toBeCloseTo(0.5, 1);
  });

  it('holds each peer to its own cap, and lets the others go on', async () => {
    const rate = new FairRate({ bytesPerSecondPerPeer: 50_000 });
    const [a, b] = [greedy(rate, 'a'), greedy(rate, 'b')];
    await vi.advanceTimersByTimeAsync(10_000);
    for (const { bytes } of [a, b]) {
      expect(bytes).toBeGreaterThanOrEqual(495_000);
      expect(bytes).toBeLessThanOrEqual(506_000);
    }
  });

  it('lets a portion pass that is larger than a burst, and has the next one pay for it', async () => {
    const rate = new FairRate({ bytesPerSecond: 1000 });
    await rate.take('a', 5000);
    let passed = false;
    void rate.take('a', 1).then(() => (passed = true));
    await vi.advanceTimersByTimeAsync(4_800);
    expect(passed).toBe(false);
    await vi.advanceTimersByTimeAsync(300);
    expect(passed).toBe(true);
  });

  it('forgets who gives up waiting', async () => {
    const rate = new FairRate({ bytesPerSecond: 1000 });
    await rate.take('a', 5000);
    const controller = new AbortController();
    const waiting = rate.take('a', 1_000_000, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    let passed = false;
    void rate.take('b', 1).then(() => (passed = true));
    await vi.advanceTimersByTimeAsync(5_100);
    expect(passed).toBe(true);
  });

  it('is more than nothing', () => {
    expect(() => new FairRate({ bytesPerSecond: 0 })).toThrow(RangeError);
  });
});
