/**
 * When the next block is due: the first tick of the grid `dueMs + k × blockMs` that lies after now. The grid keeps the rhythm
 * free of drift; ticks missed in sleep or under load are gone, so that nothing bursts afterwards.
 */
export function nextDueMs(dueMs: number, nowMs: number, blockMs: number): number {
  const missed = Math.max(0, Math.floor((nowMs - dueMs) / blockMs));
  return dueMs + (missed + 1) * blockMs;
}

export interface BlockClock {
  stop(): void;
}

/** Calls `tick` every `blockMs` until stopped. `tick` must not throw. */
export function startBlockClock(blockMs: number, tick: () => void, monotonicMs: () => number): BlockClock {
  let dueMs = monotonicMs() + blockMs;
  let timer = setTimeout(onDue, blockMs);

  function onDue(): void {
    // Scheduled before the work, so that `tick` may stop the clock.
    dueMs = nextDueMs(dueMs, monotonicMs(), blockMs);
    timer = setTimeout(onDue, Math.max(0, dueMs - monotonicMs()));
    tick();
  }

  return { stop: () => clearTimeout(timer) };
}
