import type { ModelConfig } from '#protocol/model-shape.ts';
import type { StepFactors } from '#worker/model/adamw.ts';
import { NEXT, STEP_FACTORS } from '#worker/model/optimiser-graphs.ts';
import { LOSS, TOKENS } from '#worker/model/shard-graphs.ts';
import {
  FIRST_MOMENT,
  GRADIENT_NORM,
  SECOND_MOMENT,
  trainingStepModel,
  type TrainingStepOptions,
} from '#worker/model/training-step.ts';
import type { Device, DeviceTensor } from './device.ts';
import type { Kernels } from './kernels.ts';
import type { ShardState } from './shard-state.ts';

export interface FusedStepResult {
  readonly loss: number;
  readonly gradientNorm: number;
}

/**
 * The inner step of a whole model in one run. The next state is written over the current one. That is safe because every
 * reader of a state tensor is upstream of the elementwise node that writes it: parameters are read by forward and backward,
 * which the gradient norm and so every update waits for, and a moment only by its own update.
 */
export async function runFusedStep(
  { device, kernels, state }: { readonly device: Device; readonly kernels: Kernels; readonly state: ShardState },
  { config, ...options }: TrainingStepOptions & { readonly config: ModelConfig },
  tokens: DeviceTensor,
  factors: StepFactors<number>,
): Promise<FusedStepResult> {
  const kernel = await kernels.get(`step ${options.batchSize}`, () => trainingStepModel(config, options));
  const [loss, gradientNorm] = [device.zeros([]), device.zeros([])];
  const inputs: Record<string, DeviceTensor> = { [TOKENS]: tokens };
  const outputs: Record<string, DeviceTensor> = { [LOSS]: loss, [GRADIENT_NORM]: gradientNorm };
  for (const name of STEP_FACTORS) inputs[name] = device.tensor(Float32Array.of(factors[name]), []);
  for (const { name, parameter, first, second } of state.all) {
    inputs[name] = outputs[NEXT + name] = parameter;
    inputs[FIRST_MOMENT + name] = outputs[NEXT + FIRST_MOMENT + name] = first;
    inputs[SECOND_MOMENT + name] = outputs[NEXT + SECOND_MOMENT + name] = second;
  }
  await kernel.run(inputs, outputs);
  const [[lossValue = NaN], [normValue = NaN]] = await Promise.all([device.read(loss), device.read(gradientNorm)]);
  device.free(loss);
  device.free(gradientNorm);
  return { loss: lossValue, gradientNorm: normValue };
}
