import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchTime } from '#worker/round/time-up.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('says so when the time is up, with the reason', () => {
  const endMs = Date.now() + 500;
  const { signal } = watchTime(() => endMs - Date.now());
  vi.advanceTimersByTime(499);
  expect(signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(signal.reason).toMatchObject({ code: 'TIMEOUT' });
  expect(vi.getTimerCount()).toBe(0);
});

test('waits on when the blocks come later than they should', () => {
  let endMs = Date.now() + 500;
  const { signal } = watchTime(() => endMs - Date.now());
  endMs += 200;
  vi.advanceTimersByTime(699);
  expect(signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(signal.aborted).toBe(true);
});

test('says so at once when there is no time at all', () => {
  expect(watchTime(() => 0).signal.aborted).toBe(true);
});

test('leaves no timer once nobody needs to know', () => {
  const { signal, end } = watchTime(() => 500);
  end();
  expect(vi.getTimerCount()).toBe(0);
  expect(signal.aborted).toBe(false);
});
