import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withDeadline } from '#protocol/deadline.ts';

/** Work that ends only by its signal, with an error of its own, as libp2p does. */
const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('AbortError of the library')));
  });

describe('work with a deadline', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('gives its result, and leaves no timer and no listener', async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    expect(await withDeadline({ what: 'Test', timeoutMs: 5, signal }, () => Promise.resolve(42))).toBe(42);
    expect(vi.getTimerCount()).toBe(0);
    expect(removed).toHaveBeenCalledTimes(added.mock.calls.length);
  });

  it('fails with TIMEOUT when time is up, whatever the work throws then', async () => {
    const failure = expect(withDeadline({ what: 'Test', timeoutMs: 5 }, untilAborted)).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'Test: nothing after 5 ms',
    });
    await vi.advanceTimersByTimeAsync(5);
    await failure;
  });

  it('fails with ABORTED when the caller gives up', async () => {
    const controller = new AbortController();
    const work = withDeadline({ what: 'Test', timeoutMs: 5, signal: controller.signal }, untilAborted);
    controller.abort();
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('does not begin when the caller has given up before', async () => {
    const work = vi.fn(untilAborted);
    const signal = AbortSignal.abort();
    await expect(withDeadline({ what: 'Test', timeoutMs: 5, signal }, work)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(work).not.toHaveBeenCalled();
  });

  it('passes the failure of the work on', async () => {
    const failing = (): Promise<never> => Promise.reject(new Error('of its own'));
    await expect(withDeadline({ what: 'Test', timeoutMs: 5 }, failing)).rejects.toThrow('of its own');
  });
});
