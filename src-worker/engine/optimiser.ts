import { stepFactors, type AdamWOptions, type StepFactors } from '#worker/model/adamw.ts';
import {
  FIRST,
  FIRST_SCALES,
  GRADIENT_OF,
  GRADIENT_SCALE,
  NEXT,
  NORM_SQUARE,
  normSquareModel,
  PARAMETER,
  SECOND,
  SECOND_SCALES,
  updateModel,
} from '#worker/model/optimiser-graphs.ts';
import type { DeviceTensor } from './device.ts';
import type { Kernels } from './kernels.ts';
import type { StatePlace, TrainedParameter } from './shard-state.ts';
import type { Weights } from './weights.ts';

/** Parameters whose graphs are run at once. */
export interface ParameterGroup {
  /** Equal for groups of equal shapes. */
  readonly kind: string;
  readonly parameters: readonly TrainedParameter[];
}

export interface OptimiserParts {
  readonly place: StatePlace;
  /** Of the device that trains. */
  readonly kernels: Kernels;
  /** Of the optimiser's device; the same where that is the same. */
  readonly optimiserKernels: Kernels;
  /** Whose norm is computed at once. */
  readonly groups: readonly ParameterGroup[];
  /** The same parameters in smaller groups, which are updated at once. */
  readonly updates: readonly ParameterGroup[];
  readonly weights: Weights;
}

/** AdamW over the parameters of a shard, group by group. */
export class Optimiser {
  readonly #parts: OptimiserParts;
  readonly #options: AdamWOptions;
  #stepsDone = 0;

  constructor(parts: OptimiserParts, options: AdamWOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** Σ gradient² over all parameters. */
  async gradientNormSquare(): Promise<number> {
    const { place, kernels, groups } = this.#parts;
    let sum = 0;
    for (const { kind, parameters } of groups) {
      const shapes = parameters.map(({ shape }) => shape);
      const kernel = await kernels.get(`norm ${kind}`, () => normSquareModel(shapes));
      const result = place.device.zeros([]);
      await kernel.run(indexed(GRADIENT_OF, parameters, 'gradient'), { [NORM_SQUARE]: result });
      const [value] = await place.device.read(result);
      place.device.free(result);
      sum += value ?? NaN;
    }
    return sum;
  }

  /** The factors of the next step, which they count as done. */
  takeFactors(learningRate: number): StepFactors<number> {
    this.#stepsDone += 1;
    return stepFactors(this.#options, learningRate, this.#stepsDone);
  }

  /** One AdamW step with all gradients multiplied by `gradientScale`. It runs to its end: half a step is no state. */
  async update(gradientScale: number, learningRate: number): Promise<void> {
    const { place, optimiserKernels, updates, weights } = this.#parts;
    const { optimiserState } = place.savings;
    const { decay, stepSize, epsilon } = this.takeFactors(learningRate);
    const number = (value: number): DeviceTensor => place.optimiserDevice.tensor(Float32Array.of(value), []);
    const numbers = {
      [GRADIENT_SCALE]: number(gradientScale),
      ...{ decay: number(decay), stepSize: number(stepSize), epsilon: number(epsilon) },
    };
    for (const group of updates) {
      const shapes = group.parameters.map(({ shape }) => shape);
      const kernel = await optimiserKernels.get(`update ${group.kind}`, () =>
        updateModel(shapes, this.#options, optimiserState),
      );
      const state = stateOf(group.parameters);
      const next = Object.fromEntries(Object.entries(state).map(([name, tensor]) => [NEXT + name, tensor]));
      await kernel.run({ ...numbers, ...state, ...(await this.#gradientsOf(group)) }, next);
      await weights.refreshGroup(group);
    }
  }

  /** Forgets the moments and starts counting steps anew. */
  reset(): void {
    const { place, groups } = this.#parts;
    this.#stepsDone = 0;
    for (const { first, second, scales } of groups.flatMap(({ parameters }) => parameters)) {
      for (const tensor of [first, second, ...(scales === null ? [] : Object.values(scales))]) {
        place.optimiserDevice.clear(tensor);
      }
    }
  }

  /** Where the optimiser is. On the way to the host each is a copy, which belongs to the garbage collector. */
  async #gradientsOf({ parameters }: ParameterGroup): Promise<Readonly<Record<string, DeviceTensor>>> {
    const { device, optimiserDevice, savings } = this.#parts.place;
    const gradients = indexed(GRADIENT_OF, parameters, 'gradient');
    if (savings.optimiserPlace === 'device') return gradients;
    const copies: Record<string, DeviceTensor> = {};
    for (const [name, gradient] of Object.entries(gradients)) {
      copies[name] = optimiserDevice.tensor(await device.read(gradient), gradient.shape);
    }
    return copies;
  }
}

const indexed = (
  prefix: string,
  parameters: readonly TrainedParameter[],
  part: 'parameter' | 'first' | 'second' | 'gradient',
): Readonly<Record<string, DeviceTensor>> =>
  Object.fromEntries(parameters.map((entry, index) => [`${prefix}${index}`, entry[part]]));

/** All that an update replaces. */
function stateOf(parameters: readonly TrainedParameter[]): Readonly<Record<string, DeviceTensor>> {
  const state: Record<string, DeviceTensor> = {
    ...indexed(PARAMETER, parameters, 'parameter'),
    ...indexed(FIRST, parameters, 'first'),
    ...indexed(SECOND, parameters, 'second'),
  };
  for (const [index, { scales }] of parameters.entries()) {
    if (scales === null) continue;
    state[`${FIRST_SCALES}${index}`] = scales.first;
    state[`${SECOND_SCALES}${index}`] = scales.second;
  }
  return state;
}

/** min(1, clipNorm / (norm + 1e-6)) as torch's `clip_grad_norm_`. */
export const clipScale = (norm: number, clipNorm: number): number => Math.min(1, clipNorm / (norm + 1e-6));
