export interface Timers {
  /** Milliseconds from some moment on, never going back. */
  readonly monotonicMs: () => number;
  /** Calls `then` once after so many milliseconds. Returns the function that prevents it. */
  readonly after: (delayMs: number, then: () => void) => () => void;
}

export interface BlockClock {
  readonly stop: () => void;
}

/**
 * Calls `tick` every `blockMs` until stopped, on the grid of moments that begins now: the rhythm does not drift, and moments that
 * were missed, asleep or under load, are gone, so that nothing bursts afterwards. `tick` must not throw.
 */
export function startBlockClock(blockMs: number, { monotonicMs, after }: Timers, tick: () => void): BlockClock {
  let dueMs = monotonicMs() + blockMs;
  let cancel = after(blockMs, onDue);

  function onDue(): void {
    const lateMs = monotonicMs() - dueMs;
    // A timer that fires a little early is on time.
    dueMs += (Math.max(0, Math.floor(lateMs / blockMs)) + 1) * blockMs;
    // Before the work, so that `tick` may stop the clock.
    cancel = after(Math.max(0, dueMs - monotonicMs()), onDue);
    tick();
  }

  return { stop: () => cancel() };
}

/** The process's own. */
export const systemTimers: Timers = {
  monotonicMs: () => performance.now(),
  after: (delayMs, then) => {
    const timer = setTimeout(then, delayMs);
    return () => clearTimeout(timer);
  },
};
