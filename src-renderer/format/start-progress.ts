import type { UsualStart } from '#protocol/contract/state.ts';

interface StartProgress {
  readonly label: string;
  readonly text: string;
  /** 0…1; never full, for it is not known when it will be. */
  readonly fraction: number;
}

/** A bar that stood full while nothing happens would say the wrong thing. */
const ALMOST = 0.97;

export function startProgress({ sinceMs, durationMs }: UsualStart, nowMs: number): StartProgress {
  const elapsedMs = Math.max(0, nowMs - sinceMs);
  const isLate = elapsedMs > durationMs;
  return {
    label: isLate ? 'Longer than usual' : seconds(elapsedMs),
    text: isLate ? seconds(elapsedMs) : `usually within ${seconds(durationMs)}`,
    fraction: Math.min(ALMOST, elapsedMs / durationMs),
  };
}

const seconds = (ms: number): string => `${Math.floor(ms / 1_000).toString()} s`;
