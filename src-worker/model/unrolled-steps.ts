import type { ModelConfig } from '#protocol/model-shape.ts';
import { GraphError } from '#worker/graph/graph-error.ts';
import { writeModel } from '#worker/graph/onnx/model.ts';
import { reshape } from '#worker/graph/operators/layout.ts';
import { concat, split } from '#worker/graph/operators/pieces.ts';
import { input, type Shape, type Value } from '#worker/graph/value.ts';
import type { AdamWOptions, StepFactors } from './adamw.ts';
import { TOKENS } from './shard-graphs.ts';
import { innerStep, stateInputs, stateOutputs, stateValues, type StepState } from './training-step.ts';

/** Outputs besides the next state: float32 [steps] each. */
export const LOSSES_OF_STEPS = 'losses';
export const NORMS_OF_STEPS = 'gradientNorms';

export interface UnrolledStepsOptions {
  /** Windows in one step. */
  readonly batchSize: number;
  /** Inner steps in one run. */
  readonly steps: number;
  readonly optimizer: AdamWOptions;
}

/**
 * Several inner steps as one ONNX model, one behind the other: their state crosses to the device and back once for all of them.
 * Written out and not as ONNX's Loop, which onnxruntime runs on the CPU for DirectML: the state would cross with every step again.
 * Eight steps of a model of 0.9 M (14 M) parameters are 1.2 (3.8) MB and were built and loaded in 1.6 (3.1) s on 2 busy cores.
 * Inputs: tokens int32 [steps, batch, sequence + 1], the steps' factors (see StepFactors) as float32 [steps], and the state as
 * of `trainingStepModel`. Outputs: the mean loss before each step, the gradient norm of each before clipping, the next state.
 */
export function unrolledStepsModel(
  config: ModelConfig,
  { batchSize, steps, optimizer }: UnrolledStepsOptions,
): Uint8Array {
  const tokens = input(TOKENS, 'int32', [steps, batchSize, config.sequenceLength + 1]);
  const factors: StepFactors<Value> = {
    decay: input('decay', 'float32', [steps]),
    stepSize: input('stepSize', 'float32', [steps]),
    epsilon: input('epsilon', 'float32', [steps]),
  };
  const first = stateInputs(config);
  const batches = perStep(tokens, [batchSize, config.sequenceLength + 1]);
  const decays = perStep(factors.decay, []);
  const stepSizes = perStep(factors.stepSize, []);
  const epsilons = perStep(factors.epsilon, []);

  let state: StepState = first;
  const losses: Value[] = [];
  const norms: Value[] = [];
  for (let step = 0; step < steps; step++) {
    const own = { decay: at(decays, step), stepSize: at(stepSizes, step), epsilon: at(epsilons, step) };
    const { loss, norm, next } = innerStep(config, state, at(batches, step), own, optimizer);
    losses.push(reshape(loss, [1]));
    norms.push(reshape(norm, [1]));
    state = next;
  }
  return writeModel([tokens, factors.decay, factors.stepSize, factors.epsilon, ...stateValues(first)], {
    [LOSSES_OF_STEPS]: concat(losses, 0),
    [NORMS_OF_STEPS]: concat(norms, 0),
    ...stateOutputs(state),
  });
}

/** Cuts the first axis, one piece for each step, and gives each piece `shape`. */
function perStep(values: Value, shape: Shape): readonly Value[] {
  const [steps = 0] = values.shape;
  const pieces = steps === 1 ? [values] : split(values, 0, Array<number>(steps).fill(1));
  return pieces.map((piece) => reshape(piece, shape));
}

function at(values: readonly Value[], step: number): Value {
  const value = values[step];
  if (value === undefined) throw new GraphError('unrolledStepsModel', `step ${step} is missing`);
  return value;
}
