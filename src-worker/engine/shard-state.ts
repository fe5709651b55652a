import { MillraceError } from '#protocol/errors.ts';
import type { ModelConfig, ParameterShape } from '#protocol/model-shape.ts';
import { shardParameters, type Shard } from '#worker/model/shard.ts';
import type { Device, DeviceTensor } from './device.ts';
import { orderedParameters, type Parameters } from './parameters.ts';

/** A parameter with everything that training keeps of it. */
export interface TrainedParameter extends ParameterShape {
  readonly parameter: DeviceTensor;
  readonly first: DeviceTensor;
  readonly second: DeviceTensor;
  /** Sum of the step's gradients so far. */
  readonly gradient: DeviceTensor;
}

/** Parameters, AdamW moments and gradients of a shard on its device; zeros at first. */
export class ShardState {
  readonly all: readonly TrainedParameter[];
  readonly #device: Device;
  readonly #byName: ReadonlyMap<string, TrainedParameter>;

  constructor(device: Device, config: ModelConfig, shard: Shard) {
    this.#device = device;
    this.all = shardParameters(config, shard).map((entry) => ({
      ...entry,
      parameter: device.zeros(entry.shape),
      first: device.zeros(entry.shape),
      second: device.zeros(entry.shape),
      gradient: device.zeros(entry.shape),
    }));
    this.#byName = new Map(this.all.map((entry) => [entry.name, entry]));
  }

  /** The state of the parameters of a part of the shard, in their order. */
  of(config: ModelConfig, part: Shard): readonly TrainedParameter[] {
    return shardParameters(config, part).map(({ name }) => {
      const entry = this.#byName.get(name);
      if (entry === undefined) throw new MillraceError('ENGINE', `The shard does not hold ${name}`);
      return entry;
    });
  }

  /** Replaces the parameters by copies. */
  load(parameters: Parameters): void {
    const values = orderedParameters(parameters, this.all);
    for (const [index, entry] of this.all.entries()) {
      this.#device.write(entry.parameter, values[index] ?? new Float32Array(0));
    }
  }

  /** Copies of the parameters, in the order of `shardParameters`. */
  parameters(): Promise<readonly Float32Array[]> {
    return Promise.all(this.all.map(({ parameter }) => this.#device.read(parameter)));
  }
}
