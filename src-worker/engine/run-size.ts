import { parameterCount, type ModelConfig } from '#protocol/model-shape.ts';

/** A run cannot be interrupted: this is the longest that stopping, or another program that wants the machine, should wait. */
export const MAX_RUN_MS = 200;
/** What a core reaches at least in matrix products; only for the first guess. */
const FLOPS_PER_THREAD = 40e9;
/** Forward and backward pass: 6 operations for each parameter and token (Kaplan et al. 2020, §2.1). */
const FLOPS_PER_PARAMETER_AND_TOKEN = 6;

/** Windows for each run of a first step, before anything was measured: a divisor of `batchSize`. */
export function firstRunSize(config: ModelConfig, batchSize: number, threads: number): number {
  const flops = FLOPS_PER_PARAMETER_AND_TOKEN * parameterCount(config) * config.sequenceLength;
  const windowMs = (1000 * flops) / (FLOPS_PER_THREAD * threads);
  return largestDivisor(batchSize, MAX_RUN_MS / windowMs);
}

/**
 * Windows for each run from now on.
 * @param runSize windows in each of the runs that were measured
 * @param runMs how long such a run takes: the least of several, because a busy machine makes any single one long
 */
export function nextRunSize(batchSize: number, runSize: number, runMs: number): number {
  const fitting = largestDivisor(batchSize, (runSize * MAX_RUN_MS) / runMs);
  if (fitting <= runSize) return fitting;
  // Larger only by a clear margin, so that the size does not go back and forth.
  return Math.max(runSize, largestDivisor(batchSize, (0.8 * runSize * MAX_RUN_MS) / runMs));
}

/** The largest divisor of `batchSize` that is at most `limit`, and at least 1. */
function largestDivisor(batchSize: number, limit: number): number {
  let size = Math.max(1, Math.min(batchSize, Math.floor(limit)));
  while (batchSize % size !== 0) size -= 1;
  return size;
}
