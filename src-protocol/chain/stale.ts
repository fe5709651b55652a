const STALE_BLOCKS = 5;
const LEAST_STALE_MS = 30_000;

/** Longer than this without a new block, or with a newest block that is older: the endpoint has fallen behind, or the chain stands. */
export const staleAfterMs = (blockMs: number): number => Math.max(LEAST_STALE_MS, STALE_BLOCKS * blockMs);
