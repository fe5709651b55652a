import { hashedFloats } from '#protocol/integer-hash.ts';
import { elementCount, parameterShapes, type ModelConfig } from '#protocol/model-shape.ts';
import { shardParameters, type Shard } from '#worker/model/shard.ts';
import { writeSafetensors } from '#worker/weights/write-safetensors.ts';

const PATTERN = 65_536;

/** What stands at both ends of a parameter's values: its own number, so that a reader sees that it has the right tensor. */
const mark = (config: ModelConfig, name: string): number =>
  Math.fround((1 + parameterShapes(config).findIndex((shape) => shape.name === name)) / 4096);

/** Whether values written by `writeShardWeights` are those of this parameter. */
export function marked(config: ModelConfig, name: string, values: Float32Array): boolean {
  const expected = mark(config, name);
  return values[0] === expected && values.at(-1) === expected;
}

/** Writes weights of a shard, one tensor after the other: never all are in memory. */
export async function writeShardWeights(path: string, config: ModelConfig, shard: Shard): Promise<void> {
  const pattern = hashedFloats(PATTERN, 1, config.hiddenSize ** -0.5);
  const tensors = shardParameters(config, shard).map(({ name, shape }) => ({
    ...{ name, shape },
    values: () => {
      const values = new Float32Array(elementCount(shape)).fill(1);
      for (let at = 0; shape.length > 1 && at < values.length; at += PATTERN) {
        values.set(pattern.subarray(0, values.length - at), at);
      }
      return values.fill(mark(config, name), 0, 1).fill(mark(config, name), -1);
    },
  }));
  await writeSafetensors(path, tensors, { type: 'F32' });
}
