import { errorMessage, MillraceError } from '#protocol/errors.ts';
import { hasMasters } from '#worker/model/memory-savings.ts';
import { PARAMETER, WEIGHT, weightsModel } from '#worker/model/optimiser-graphs.ts';
import type { DeviceTensor } from './device.ts';
import type { Kernels } from './kernels.ts';
import type { ParameterGroup } from './optimiser.ts';
import type { StatePlace } from './shard-state.ts';

/** What WebGPU says when a shader needs half precision that the card or its driver lacks. */
const NO_HALF_PRECISION = /requires f16/;

/** What forward and backward pass read, where that is not the optimiser's own parameters: made anew from them when they change. */
export class Weights {
  readonly #place: StatePlace;
  readonly #kernels: Kernels;
  readonly #groups: readonly ParameterGroup[];
  #stale = true;

  /** @param kernels of the device that trains */
  constructor(place: StatePlace, kernels: Kernels, groups: readonly ParameterGroup[]) {
    this.#place = place;
    this.#kernels = kernels;
    this.#groups = groups;
  }

  /** Says that all parameters have changed. */
  invalidate(): void {
    this.#stale = true;
  }

  /** Makes the weights those of the parameters. @throws MillraceError ENGINE when the device has no half precision */
  async refresh(): Promise<void> {
    if (!this.#stale || !hasMasters(this.#place.savings)) return;
    for (const group of this.#groups) await this.refreshGroup(group);
    this.#stale = false;
  }

  /** The same for one group. */
  async refreshGroup({ kind, parameters }: ParameterGroup): Promise<void> {
    const { device, optimiserDevice, savings } = this.#place;
    if (!hasMasters(savings)) return;
    const shapes = parameters.map(({ shape }) => shape);
    const kernel = await this.#kernels.get(`weights ${kind}`, () => weightsModel(shapes, savings.weights));
    const inputs: Record<string, DeviceTensor> = {};
    const outputs: Record<string, DeviceTensor> = {};
    for (const [index, { parameter, weight, shape }] of parameters.entries()) {
      inputs[`${PARAMETER}${index}`] =
        savings.optimiserPlace === 'device' ? parameter : device.tensor(await optimiserDevice.read(parameter), shape);
      outputs[`${WEIGHT}${index}`] = weight;
    }
    try {
      await kernel.run(inputs, outputs);
    } catch (cause) {
      if (!NO_HALF_PRECISION.test(errorMessage(cause))) throw cause;
      const advice =
        'The device has no half precision (shader-f16): choose float32 weights, 8-bit optimiser state, or both';
      throw new MillraceError('ENGINE', advice, { cause });
    } finally {
      if (savings.optimiserPlace === 'host') for (const tensor of Object.values(inputs)) device.free(tensor);
    }
  }
}
