import type { PlacementWorker, ShardNeed } from './assign-shards.ts';

/**
 * Tokens per second that a worker adds to a shard: what its slower side, computing or the link, lets through, times its
 * reliability. 0 when it does not fit. (Petals: min(compute, network), server/throughput.py.)
 */
export function effectiveThroughput(worker: PlacementWorker, need: ShardNeed): number {
  if (!fits(worker, need)) return 0;
  const compute = worker.tokensPerSecond / need.workPerToken;
  const up = need.sentBytesPerToken === 0 ? Infinity : worker.uplinkBytesPerSecond / need.sentBytesPerToken;
  const down = need.receivedBytesPerToken === 0 ? Infinity : worker.downlinkBytesPerSecond / need.receivedBytesPerToken;
  return Math.min(compute, up, down) * worker.reliability;
}

/** Whether a worker can hold the shard at all. */
export const fits = (worker: PlacementWorker, need: ShardNeed): boolean =>
  worker.vramBytes >= need.memoryBytes && worker.gpuClass >= need.minGpuClass;
