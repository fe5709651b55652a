import { wholeModel, splitShard, type Shard } from '#worker/model/shard.ts';
import type { ModelConfig } from '#protocol/model-shape.ts';
import type { Device } from '#worker/engine/device.ts';
import { ShardEngine, type ShardEngineOptions } from '#worker/engine/shard-engine.ts';

/** Shards in one process that pass rows forward and gradients back, as workers do over the network. */
export interface ShardChain {
  readonly engines: readonly ShardEngine[];
  /** Forward and backward passes of a batch, micro-batch by micro-batch. @returns the mean loss */
  readonly accumulate: (tokens: Int32Array) => Promise<number>;
  readonly gradients: () => Promise<readonly Float32Array[]>;
  readonly dispose: () => Promise<void>;
}

export function createChain(
  device: Device,
  config: ModelConfig,
  layersEach: number,
  options: Omit<ShardEngineOptions, 'config' | 'shard'>,
  shards: readonly Shard[] = splitShard(wholeModel(config), layersEach),
): ShardChain {
  const engines = shards.map((shard) => new ShardEngine(device, { ...options, config, shard }));
  const window = options.microBatchSize * (config.sequenceLength + 1);
  return {
    engines,
    accumulate: async (tokens) => {
      let sum = 0;
      for (let index = 0; index < options.microBatches; index++) {
        const batch = tokens.subarray(index * window, (index + 1) * window);
        let hidden: Float32Array | null = null;
        for (const engine of engines) hidden = await engine.forward(index, { tokens: batch, hidden });
        let gradient: Float32Array | null = null;
        for (const engine of engines.toReversed()) {
          const result = await engine.backward(index, gradient);
          gradient = result.gradientIn;
          sum += result.loss ?? 0;
        }
      }
      return sum / options.microBatches;
    },
    gradients: async () => (await Promise.all(engines.map((engine) => engine.gradients()))).flat(),
    dispose: async () => {
      for (const engine of engines) await engine.dispose();
    },
  };
}
