/** A value that changes; who listens late still hears the newest. */
export interface Latest<T> {
  current(): T | undefined;
  set(value: T): void;
  /** Calls back in the next microtask with the newest value, if any, and then on each change. Returns the unsubscribe function. */
  subscribe(listener: (value: T) => void): () => void;
}

export function createLatest<T>(): Latest<T> {
  let current: { readonly value: T } | null = null;
  const subscribers = new Set<{ readonly listener: (value: T) => void; told: boolean }>();

  return {
    current: () => current?.value,
    set(value) {
      current = { value };
      for (const subscriber of [...subscribers]) {
        subscriber.told = true;
        callSafely(subscriber.listener, value);
      }
    },
    subscribe(listener) {
      const subscriber = { listener, told: false };
      subscribers.add(subscriber);
      // Not within this call: a listener may want to unsubscribe with what this call returns.
      queueMicrotask(() => {
        if (current === null || subscriber.told || !subscribers.has(subscriber)) return;
        subscriber.told = true;
        callSafely(listener, current.value);
      });
      return () => void subscribers.delete(subscriber);
    },
  };
}

/** One listener's mistake must not silence the others, nor disappear: it surfaces as an uncaught error. */
function callSafely<T>(listener: (value: T) => void, value: T): void {
  try {
    listener(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
