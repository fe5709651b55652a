import { parameterShapes, type ModelConfig } from '#protocol/model-shape.ts';
import { GraphError } from '#worker/graph/graph-error.ts';
import { gradients } from '#worker/graph/gradients.ts';
import { writeModel } from '#worker/graph/onnx/model.ts';
import { add, multiply } from '#worker/graph/operators/arithmetic.ts';
import { reduceMean } from '#worker/graph/operators/reduction.ts';
import { input, scalar, type Value } from '#worker/graph/value.ts';
import { adamW, clipScale, globalNorm, type AdamWOptions } from './adamw.ts';
import { sequenceLosses } from './llama.ts';
import { NEXT, type STEP_FACTORS } from './optimiser-graphs.ts';
import { LOSS, SUM, TOKENS } from './shard-graphs.ts';

/** Names of the graph's inputs and outputs besides those of the shard's graphs; outputs of state have the name of their input behind NEXT. */
export const GRADIENT_NORM = 'gradientNorm';
export const FIRST_MOMENT = 'firstMoment.';
export const SECOND_MOMENT = 'secondMoment.';

export interface TrainingStepOptions {
  /** Windows in the run. */
  readonly batchSize: number;
  /** Runs that make one step. With more than one, the gradients of those before come in as `sum.…`. */
  readonly microBatches: number;
  readonly optimizer: AdamWOptions;
}

/**
 * The fused inner step as an ONNX model: forward, backward, clipping by the global norm and AdamW in one run; of a step in
 * several micro-batches its last run. That saves what the gradients cost outside of a graph: writing, copying and reading them.
 * Inputs: tokens int32 [batch, sequence + 1], the step's factors (see StepFactors) as float32 [], and for each
 * parameter itself and its two moments. Outputs: mean loss of the run before the step, gradient norm of the step before
 * clipping, the next state.
 */
export function trainingStepModel(
  config: ModelConfig,
  { batchSize, microBatches, optimizer }: TrainingStepOptions,
): Uint8Array {
  const parameters = parameterInputs(config, '');
  const firsts = parameterInputs(config, FIRST_MOMENT);
  const seconds = parameterInputs(config, SECOND_MOMENT);
  const tokens = tokenInput(config, batchSize);
  const factors = {
    decay: input('decay', 'float32', []),
    stepSize: input('stepSize', 'float32', []),
    epsilon: input('epsilon', 'float32', []),
  } satisfies Record<(typeof STEP_FACTORS)[number], Value>;

  const loss = reduceMean(sequenceLosses(config, parameters, tokens), [0], false);
  const names = [...parameters.keys()];
  const own = gradients(multiply(loss, scalar(1 / microBatches, 'float32')), [...parameters.values()]);
  const sums = microBatches === 1 ? [] : names.map((name, index) => input(SUM + name, 'float32', at(own, index).shape));
  const found = microBatches === 1 ? own : own.map((gradient, index) => add(at(sums, index), gradient));
  const norm = globalNorm(found);
  const scale = clipScale(norm, optimizer.clipNorm);

  const outputs: Record<string, Value> = { [LOSS]: loss, [GRADIENT_NORM]: norm };
  for (const [index, name] of names.entries()) {
    const moments = {
      parameter: get(parameters, name),
      first: get(firsts, name),
      second: get(seconds, name),
      gradient: at(found, index),
    };
    const next = adamW(moments, optimizer, factors, scale);
    outputs[NEXT + name] = next.parameter;
    outputs[NEXT + FIRST_MOMENT + name] = next.first;
    outputs[NEXT + SECOND_MOMENT + name] = next.second;
  }
  const state = [parameters, firsts, seconds].flatMap((values) => [...values.values()]);
  return writeModel([tokens, ...Object.values(factors), ...state, ...sums], outputs);
}

function parameterInputs(config: ModelConfig, prefix: string): ReadonlyMap<string, Value> {
  return new Map(parameterShapes(config).map(({ name, shape }) => [name, input(prefix + name, 'float32', shape)]));
}

function tokenInput(config: ModelConfig, batchSize: number): Value {
  return input(TOKENS, 'int32', [batchSize, config.sequenceLength + 1]);
}

function get(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name);
  if (value === undefined) throw new GraphError('trainingStepModel', `parameter ${name} is missing`);
  return value;
}

function at(gradients: readonly Value[], index: number): Value {
  const gradient = gradients[index];
  if (gradient === undefined) throw new GraphError('trainingStepModel', `gradient ${index} is missing`);
  return gradient;
}
