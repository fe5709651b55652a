import { MillraceError } from '#protocol/errors.ts';
import type { ModelConfig, ParameterShape } from '#protocol/model-shape.ts';
import { quantisedShapes } from '#worker/graph/blockwise-quantise.ts';
import { hasMasters, type MemorySavings } from '#worker/model/memory-savings.ts';
import { shardParameters, type Shard } from '#worker/model/shard.ts';
import type { Device, DeviceTensor } from './device.ts';
import { orderedParameters, type Parameters } from './parameters.ts';

/** A parameter with everything that training keeps of it. */
export interface TrainedParameter extends ParameterShape {
  /** As the optimiser has it: float32, on the optimiser's device. */
  readonly parameter: DeviceTensor;
  /** What forward and backward pass read; the parameter itself unless it is kept elsewhere or otherwise. */
  readonly weight: DeviceTensor;
  /** Moments on the optimiser's device: float32, or codes with their scales. */
  readonly first: DeviceTensor;
  readonly second: DeviceTensor;
  readonly scales: { readonly first: DeviceTensor; readonly second: DeviceTensor } | null;
  /** Sum of the step's gradients so far. */
  readonly gradient: DeviceTensor;
}

/** Where a shard's state lives and in what form. */
export interface StatePlace {
  /** Weights and gradients: where forward and backward pass run. */
  readonly device: Device;
  /** Parameters and moments: where the optimiser runs. */
  readonly optimiserDevice: Device;
  readonly savings: MemorySavings;
}

/** Parameters, AdamW moments and gradients of a shard; zeros at first. */
export class ShardState {
  readonly all: readonly TrainedParameter[];
  readonly #place: StatePlace;
  readonly #byName: ReadonlyMap<string, TrainedParameter>;

  constructor(place: StatePlace, config: ModelConfig, shard: Shard) {
    this.#place = place;
    this.all = shardParameters(config, shard).map((entry) => ({ ...entry, ...tensorsOf(entry, place) }));
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
      this.#place.optimiserDevice.write(entry.parameter, values[index] ?? new Float32Array(0));
    }
  }

  /** Copies of the parameters, in the order of `shardParameters`. */
  parameters(): Promise<readonly Float32Array[]> {
    return Promise.all(this.all.map(({ parameter }) => this.#place.optimiserDevice.read(parameter)));
  }

  /** What the tensors take on the device that trains, and in the host's memory beside it. */
  sizes(): { readonly deviceBytes: number; readonly hostBytes: number } {
    const sum = (tensors: readonly DeviceTensor[]): number =>
      [...new Set(tensors)].reduce((total, { sizeBytes }) => total + sizeBytes, 0);
    const optimiser = this.all.flatMap(({ parameter, first, second, scales }) => [
      ...[parameter, first, second],
      ...(scales === null ? [] : Object.values(scales)),
    ]);
    const passes = this.all.flatMap(({ weight, gradient }) => [weight, gradient]);
    return this.#place.savings.optimiserPlace === 'host'
      ? { deviceBytes: sum(passes), hostBytes: sum(optimiser) }
      : { deviceBytes: sum([...passes, ...optimiser]), hostBytes: 0 };
  }
}

function tensorsOf(
  { shape }: ParameterShape,
  { device, optimiserDevice, savings }: StatePlace,
): Omit<TrainedParameter, keyof ParameterShape> {
  const parameter = optimiserDevice.zeros(shape);
  const weight = hasMasters(savings) ? device.zeros(shape, savings.weights) : parameter;
  const gradient = device.zeros(shape);
  if (savings.optimiserState === 'float32') {
    const [first, second] = [optimiserDevice.zeros(shape), optimiserDevice.zeros(shape)];
    return { parameter, weight, gradient, first, second, scales: null };
  }
  const { codes, scales } = quantisedShapes(shape);
  return {
    ...{ parameter, weight, gradient },
    first: optimiserDevice.zeros(codes, 'uint8'),
    second: optimiserDevice.zeros(codes, 'uint8'),
    scales: { first: optimiserDevice.zeros(scales), second: optimiserDevice.zeros(scales) },
  };
}
