import { stepFactors, type AdamWOptions, type StepFactors } from '#worker/model/adamw.ts';
import {
  FIRST,
  GRADIENT_OF,
  GRADIENT_SCALE,
  NEXT,
  NORM_SQUARE,
  normSquareModel,
  PARAMETER,
  SECOND,
  updateModel,
} from '#worker/model/optimiser-graphs.ts';
import type { Device, DeviceTensor } from './device.ts';
import type { Kernels } from './kernels.ts';
import type { TrainedParameter } from './shard-state.ts';

/** Parameters whose graphs are run at once. */
export interface ParameterGroup {
  /** Equal for groups of equal shapes. */
  readonly kind: string;
  readonly parameters: readonly TrainedParameter[];
}

/** AdamW over the parameters of a shard, group by group. */
export class Optimiser {
  readonly #device: Device;
  readonly #kernels: Kernels;
  readonly #groups: readonly ParameterGroup[];
  readonly #options: AdamWOptions;
  #stepsDone = 0;

  constructor(device: Device, kernels: Kernels, groups: readonly ParameterGroup[], options: AdamWOptions) {
    this.#device = device;
    this.#kernels = kernels;
    this.#groups = groups;
    this.#options = options;
  }

  /** Σ gradient² over all parameters. */
  async gradientNormSquare(): Promise<number> {
    let sum = 0;
    for (const { kind, parameters } of this.#groups) {
      const shapes = parameters.map(({ shape }) => shape);
      const kernel = await this.#kernels.get(`norm ${kind}`, () => normSquareModel(shapes));
      const result = this.#device.zeros([]);
      await kernel.run(indexed(GRADIENT_OF, parameters, 'gradient'), { [NORM_SQUARE]: result });
      const [value] = await this.#device.read(result);
      this.#device.free(result);
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
    const { decay, stepSize, epsilon } = this.takeFactors(learningRate);
    const number = (value: number): DeviceTensor => this.#device.tensor(Float32Array.of(value), []);
    const numbers = {
      [GRADIENT_SCALE]: number(gradientScale),
      ...{ decay: number(decay), stepSize: number(stepSize), epsilon: number(epsilon) },
    };
    for (const { kind, parameters } of this.#groups) {
      const shapes = parameters.map(({ shape }) => shape);
      const kernel = await this.#kernels.get(`update ${kind}`, () => updateModel(shapes, this.#options));
      const state = {
        ...indexed(PARAMETER, parameters, 'parameter'),
        ...indexed(FIRST, parameters, 'first'),
        ...indexed(SECOND, parameters, 'second'),
      };
      const next = Object.fromEntries(Object.entries(state).map(([name, tensor]) => [NEXT + name, tensor]));
      await kernel.run({ ...numbers, ...state, ...indexed(GRADIENT_OF, parameters, 'gradient') }, next);
    }
  }

  /** Forgets the moments and starts counting steps anew. */
  reset(): void {
    this.#stepsDone = 0;
    for (const { parameters } of this.#groups) {
      for (const { first, second } of parameters) {
        this.#device.clear(first);
        this.#device.clear(second);
      }
    }
  }
}

type Part = 'parameter' | 'first' | 'second' | 'gradient';

const indexed = (
  prefix: string,
  parameters: readonly TrainedParameter[],
  part: Part,
): Readonly<Record<string, DeviceTensor>> =>
  Object.fromEntries(parameters.map((entry, index) => [`${prefix}${index}`, entry[part]]));

/** min(1, clipNorm / (norm + 1e-6)) as torch's `clip_grad_norm_`. */
export const clipScale = (norm: number, clipNorm: number): number => Math.min(1, clipNorm / (norm + 1e-6));
