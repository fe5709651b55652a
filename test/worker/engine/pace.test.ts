import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPace, type Pace } from '#worker/engine/pace.ts';

const never = new AbortController().signal;
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A pace after a run of 100 ms. */
function paceAfterRun(): Pace {
  const pace = createPace();
  pace.afterRun(100);
  return pace;
}

/** Whether a wait is over, without waiting for it. */
function watch(wait: Promise<void>): () => Promise<boolean> {
  let over = false;
  void wait.then(() => (over = true));
  return async () => {
    await vi.advanceTimersByTimeAsync(0);
    return over;
  };
}

test('waits for nothing at full speed', async () => {
  await paceAfterRun().beforeRun(never);
  expect(vi.getTimerCount()).toBe(0);
});

test('at a quarter of the time rests three times as long as it ran', async () => {
  const pace = paceAfterRun();
  pace.throttle(0.25);
  const isOver = watch(pace.beforeRun(never));
  await vi.advanceTimersByTimeAsync(299);
  expect(await isOver()).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await isOver()).toBe(true);
});

test('counts how long it has rested, also when a rest was cut short', async () => {
  const pace = paceAfterRun();
  pace.throttle(0.25);
  const isOver = watch(pace.beforeRun(never));
  await vi.advanceTimersByTimeAsync(120);
  pace.throttle(1);
  expect(await isOver()).toBe(true);
  expect(pace.restedMs()).toBe(120);
  pace.afterRun(100);
  await pace.beforeRun(never);
  expect(pace.restedMs()).toBe(120);
  expect(pace.share()).toBe(1);
});

test('waits while paused, and goes on at once when resumed', async () => {
  const pace = paceAfterRun();
  pace.pause();
  const isOver = watch(pace.beforeRun(never));
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(await isOver()).toBe(false);
  pace.resume();
  expect(await isOver()).toBe(true);
});

test('a faster pace counts for the wait that is under way', async () => {
  const pace = paceAfterRun();
  pace.throttle(0.01);
  const isOver = watch(pace.beforeRun(never));
  await vi.advanceTimersByTimeAsync(200);
  expect(await isOver()).toBe(false);
  pace.throttle(0.5);
  expect(await isOver()).toBe(true);
});

test('ends a wait with the reason of the signal', async () => {
  const pace = paceAfterRun();
  pace.pause();
  const stopping = new AbortController();
  const wait = pace.beforeRun(stopping.signal);
  const reason = new Error('the owner stops');
  stopping.abort(reason);
  await expect(wait).rejects.toBe(reason);
});

test.each([0, -1, 1.1, NaN])('refuses a share of %d', (share) => {
  expect(() => createPace().throttle(share)).toThrow(RangeError);
});

test('a pause that comes with a run leaves its result alone: only the next run waits', async () => {
  const pace = createPace();
  pace.pause();
  pace.afterRun(100);
  expect(vi.getTimerCount()).toBe(0);
  expect(await watch(pace.beforeRun(never))()).toBe(false);
});

test('time that passes between two runs counts as rest', async () => {
  const pace = paceAfterRun();
  pace.throttle(0.5);
  await vi.advanceTimersByTimeAsync(100);
  expect(await watch(pace.beforeRun(never))()).toBe(true);
});
