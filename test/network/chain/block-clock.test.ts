import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nextDueMs, startBlockClock } from '#network/chain/block-clock.ts';

describe('nextDueMs', () => {
  it('stays on the grid however late the tick was', () => {
    expect(nextDueMs(1_000, 1_000, 500)).toBe(1_500);
    expect(nextDueMs(1_000, 1_499, 500)).toBe(1_500);
  });

  it('skips what was missed: after an hour asleep the next tick is one interval away, not 7200', () => {
    expect(nextDueMs(1_000, 3_601_200, 500)).toBe(3_601_500);
  });

  it('does not go back when a timer fires early', () => {
    expect(nextDueMs(1_000, 999, 500)).toBe(1_500);
  });
});

describe('startBlockClock', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('does not drift: a tick that comes late is followed by a shorter wait', () => {
    let nowMs = 0;
    const ticks: number[] = [];
    const clock = startBlockClock(
      100,
      () => void ticks.push(nowMs),
      () => nowMs,
    );
    nowMs = 130; // busy for 30 ms when the first was due
    vi.advanceTimersByTime(100);
    nowMs = 200;
    vi.advanceTimersByTime(69);
    expect(ticks).toEqual([130]);
    vi.advanceTimersByTime(1);
    expect(ticks).toEqual([130, 200]);
    clock.stop();
  });

  it('ticks once after a long sleep and then at its usual pace', () => {
    let nowMs = 0;
    let ticks = 0;
    const clock = startBlockClock(
      100,
      () => void (ticks += 1),
      () => nowMs,
    );
    nowMs = 3_600_000; // the machine slept through the first timer
    vi.advanceTimersByTime(100);
    expect(ticks).toBe(1);
    nowMs += 99;
    vi.advanceTimersByTime(99);
    expect(ticks).toBe(1);
    nowMs += 1;
    vi.advanceTimersByTime(1);
    expect(ticks).toBe(2);
    clock.stop();
  });

  it('is silent once stopped, also from within a tick', () => {
    let ticks = 0;
    const clock = startBlockClock(
      100,
      () => {
        ticks += 1;
        clock.stop();
      },
      () => performance.now(),
    );
    vi.advanceTimersByTime(1_000);
    expect(ticks).toBe(1);
  });
});
