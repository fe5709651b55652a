/** How fast an engine works: asked between runs, changed from outside at any time. */
export interface Pace {
  /**
   * Waits until the next run may begin; while paused, until resumed. State stays where it is.
   * @throws the signal's reason when it aborts
   */
  readonly beforeRun: (signal: AbortSignal) => Promise<void>;
  /** A run is over that took so long. */
  readonly afterRun: (ranMs: number) => void;
  /** @param share of the time that the engine may work, above 0 and at most 1 */
  readonly throttle: (share: number) => void;
  /** As it was throttled last; 1 at the start. */
  readonly share: () => number;
  /** How long `beforeRun` has waited so far, all calls together. */
  readonly restedMs: () => number;
  readonly pause: () => void;
  readonly resume: () => void;
}

export function createPace(): Pace {
  let share = 1;
  let paused = false;
  let ranMs = 0;
  let endedMs = 0;
  let restedMs = 0;
  /** End the waits that are under way, so that a change counts at once. */
  const waits = new Set<() => void>();

  const change = (): void => {
    for (const end of [...waits]) end();
  };
  return {
    throttle: (next) => {
      if (!(next > 0 && next <= 1)) throw new RangeError(`A share of ${next} is not above 0 and at most 1`);
      share = next;
      change();
    },
    share: () => share,
    restedMs: () => restedMs,
    pause: () => {
      paused = true;
      change();
    },
    resume: () => {
      paused = false;
      change();
    },
    beforeRun: async (signal) => {
      for (;;) {
        signal.throwIfAborted();
        const leftMs = paused ? Infinity : ranMs * (1 / share - 1) - (performance.now() - endedMs);
        if (leftMs <= 0) return;
        const waitsFromMs = performance.now();
        await wait(leftMs, waits, signal);
        restedMs += performance.now() - waitsFromMs;
      }
    },
    afterRun: (nextRanMs) => {
      ranMs = nextRanMs;
      endedMs = performance.now();
    },
  };
}

/** The longest that a timer can take; waits are looked at again anyway. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Resolves after `timeMs`, when its function in `waits` is called, or when `signal` aborts. */
function wait(timeMs: number, waits: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = timeMs === Infinity ? undefined : setTimeout(end, Math.min(timeMs, MAX_TIMER_MS));
    function end(): void {
      clearTimeout(timer);
      waits.delete(end);
      signal.removeEventListener('abort', end);
      resolve();
    }
    waits.add(end);
    signal.addEventListener('abort', end, { once: true });
  });
}
