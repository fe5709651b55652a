const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long ago, coarse enough to change rarely. A time ahead of the clock reads as "just now". */
export function agoText(atMs: number, nowMs: number): string {
  const ageMs = nowMs - atMs;
  if (ageMs < 45 * SECOND_MS) return 'just now';
  if (ageMs < HOUR_MS) return `${Math.max(1, Math.round(ageMs / MINUTE_MS)).toString()} min ago`;
  if (ageMs < DAY_MS) return `${Math.round(ageMs / HOUR_MS).toString()} h ago`;
  const days = Math.round(ageMs / DAY_MS);
  return days === 1 ? 'yesterday' : `${days.toString()} days ago`;
}

/** Whole seconds left until `atMs`, never negative. */
export const secondsLeft = (atMs: number, nowMs: number): number => Math.max(0, Math.ceil((atMs - nowMs) / SECOND_MS));
