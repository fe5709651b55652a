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
  /** Ends the waits that are under way, so that a change counts at once. */
  let changed = Promise.withResolvers<null>();

  const change = (): void => {
    changed.resolve(null);
    changed = Promise.withResolvers<null>();
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
        await untilChanged(leftMs, changed.promise, signal);
      }
    },
  };
}

/** Resolves after `timeMs`, when `changed` does, or when `signal` aborts. */
function untilChanged(timeMs: number, changed: Promise<null>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = timeMs === Infinity ? undefined : setTimeout(done, timeMs);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
    void changed.then(done);
  });
}
