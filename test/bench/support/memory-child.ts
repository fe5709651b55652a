import { integerHashes } from '#protocol/integer-hash.ts';
import { elementCount, type ModelConfig } from '#protocol/model-shape.ts';
import { openDevice } from '#worker/engine/open-device.ts';
import { clipScale } from '#worker/engine/optimiser.ts';
import { ShardEngine } from '#worker/engine/shard-engine.ts';
import type { MemorySavings } from '#worker/model/memory-savings.ts';
import { shardParameters, type Shard } from '#worker/model/shard.ts';

/** What one process trains. */
export interface MemoryCase {
  readonly config: ModelConfig;
  readonly shard: Shard;
  readonly microBatchSize: number;
  readonly segmentLayers: number;
  readonly savings: MemorySavings;
  readonly steps: number;
}

/** Trains the shard of the first message for a few steps and tells the most memory that this process ever had. */
process.once('message', (given) => {
  void train(given as MemoryCase).then((peakBytes) => process.send?.(peakBytes, () => process.disconnect()));
});

async function train({ config, shard, steps, ...options }: MemoryCase): Promise<number> {
  const { microBatchSize } = options;
  const device = await openDevice({ provider: 'cpu', threads: 2 });
  const engine = new ShardEngine(device, { config, shard, microBatches: 1, ...options, host: device });
  const counts = shardParameters(config, shard).map(({ shape }) => elementCount(shape));
  // All parameters start as pieces of the same array: whole weights besides would not be the engine's memory.
  const numbers = integerHashes(4096, 1, 0);
  const values = new Float32Array(Math.max(...counts));
  for (const index of values.keys()) values[index] = 0.05 * ((numbers[index % numbers.length] ?? 0) / 2 ** 32 - 0.5);
  engine.load(counts.map((count) => values.subarray(0, count)));
  const hidden = shard.embedding ? null : new Float32Array(microBatchSize * config.sequenceLength * config.hiddenSize);
  const window = microBatchSize * (config.sequenceLength + 1);
  const tokens = Int32Array.from(integerHashes(window, 2, 0), (hash) => hash % config.vocabSize);
  for (let step = 0; step < steps; step++) {
    const out = await engine.forward(0, { tokens, hidden });
    await engine.backward(0, out);
    await engine.update(clipScale(Math.sqrt(await engine.gradientNormSquare()), 1), 1e-3);
  }
  return process.resourceUsage().maxRSS * 1024;
}
