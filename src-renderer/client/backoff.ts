const FIRST_DELAY_MS = 500;
/** Loopback: main is either back within seconds or needs its owner, so never wait long. */
const MAX_DELAY_MS = 10_000;

/** Delay before reconnection attempt `attempt` (1-based): doubles, capped, spread by ±20 % with `random` in [0, 1). */
export function backoffMs(attempt: number, random: number): number {
  const base = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  return Math.round(base * (0.8 + 0.4 * random));
}
