import { useEffect, useState } from 'react';

/** Unix milliseconds, renewed every `intervalMs`; `null` stops the clock. */
export function useNow(intervalMs: number | null): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (intervalMs === null) return;
    const tick = (): void => setNowMs(Date.now());
    // The value may be old when the clock starts again.
    const first = setTimeout(tick, 0);
    const timer = setInterval(tick, intervalMs);
    return () => {
      clearTimeout(first);
      clearInterval(timer);
    };
  }, [intervalMs]);
  return nowMs;
}
