/** More than any chain of things that are done at once takes turns of the event loop. */
const QUIET_TURNS = 40;

/**
 * Knows when all that members of a swarm do is done, up to what waits for a block: no call of an engine is under way, and none was
 * made for some turns of the event loop. All else in a swarm is done at once.
 */
export interface Quiet {
  /** The same engine; its calls are known of. */
  watching<T extends object>(engine: T): T;
  settled(): Promise<void>;
}

export function createQuiet(): Quiet {
  let running = 0;
  let calls = 0;
  let wake: () => void = () => undefined;
  const watched = (call: Promise<unknown>): void => {
    calls += 1;
    running += 1;
    const end = (): void => {
      running -= 1;
      if (running === 0) wake();
    };
    call.then(end, end);
  };
  return {
    watching: (engine) =>
      new Proxy(engine, {
        get(target, key, receiver) {
          const value: unknown = Reflect.get(target, key, receiver);
          if (typeof value !== 'function') return value;
          return (...args: readonly unknown[]): unknown => {
            const result: unknown = Reflect.apply(value, target, args);
            if (result instanceof Promise) watched(result);
            return result;
          };
        },
      }),
    async settled() {
      for (let turns = 0, seen = calls; turns < QUIET_TURNS; turns += 1) {
        if (running > 0) await new Promise<void>((resolve) => (wake = resolve));
        await new Promise((resolve) => setImmediate(resolve));
        if (calls !== seen) [turns, seen] = [0, calls];
      }
    },
  };
}
