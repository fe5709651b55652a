/** How fast an engine works: asked between runs, changed from outside at any time. */
export interface Pace {
  /**
   * Waits as long as the pace wants after a run of `ranMs`; while paused, until it is resumed. State stays where it is.
   * @throws the signal's reason when it aborts
   */
  readonly afterRun: (ranMs: number, signal: AbortSignal) => Promise<void>;
  /** @param share of the time that the engine may work, above 0 and at most 1 */
  readonly throttle: (share: number) => void;
  readonly pause: () => void;
  readonly resume: () => void;
}

export function createPace(): Pace {
  let share = 1;
  let paused = false;
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
    pause: () => {
      paused = true;
      change();
    },
    resume: () => {
      paused = false;
      change();
    },
    afterRun: async (ranMs, signal) => {
      const startedMs = performance.now();
      for (;;) {
        signal.throwIfAborted();
        const leftMs = paused ? Infinity : ranMs * (1 / share - 1) - (performance.now() - startedMs);
        if (leftMs <= 0) return;
        await wait(leftMs, waits, signal);
      }
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
