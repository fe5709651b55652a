import { parameterShapes, type ModelConfig } from '#protocol/model-shape.ts';
import { GraphError } from '#worker/graph/graph-error.ts';
import { gradients } from '#worker/graph/gradients.ts';
import { writeModel } from '#worker/graph/onnx/model.ts';
import { reduceMean } from '#worker/graph/operators/reduction.ts';
import { input, type Value } from '#worker/graph/value.ts';
import { adamW, clipScale, globalNorm, type AdamWOptions, type StepFactors } from './adamw.ts';
import { sequenceLosses } from './llama.ts';
import { NEXT, type STEP_FACTORS } from './optimiser-graphs.ts';
import { LOSS, TOKENS } from './shard-graphs.ts';

/** Names of the graph's inputs and outputs besides those of the shard's graphs; outputs of state have the name of their input behind NEXT. */
export const GRADIENT_NORM = 'gradientNorm';
export const FIRST_MOMENT = 'firstMoment.';
export const SECOND_MOMENT = 'secondMoment.';

export interface TrainingStepOptions {
  /** Windows in the run. */
  readonly batchSize: number;
  readonly optimizer: AdamWOptions;
}

/** All that a step reads and replaces besides its tokens, by the parameters' names. */
export interface StepState {
  readonly parameters: ReadonlyMap<string, Value>;
  readonly firsts: ReadonlyMap<string, Value>;
  readonly seconds: ReadonlyMap<string, Value>;
}

export interface InnerStep {
  /** Mean over the windows before the step: float32 []. */
  readonly loss: Value;
  /** Of the step's gradients before clipping: float32 []. */
  readonly norm: Value;
  readonly next: StepState;
}

/**
 * The fused inner step as an ONNX model: forward, backward, clipping by the global norm and AdamW in one run.
 * Inputs: tokens int32 [batch, sequence + 1], the step's factors (see StepFactors) as float32 [], and for each
 * parameter itself and its two moments. Outputs: mean loss before the step, gradient norm before clipping, the next
 * state.
 */
export function trainingStepModel(config: ModelConfig, { batchSize, optimizer }: TrainingStepOptions): Uint8Array {
  const state = stateInputs(config);
  const tokens = tokenInput(config, batchSize);
  const factors = {
    decay: input('decay', 'float32', []),
    stepSize: input('stepSize', 'float32', []),
    epsilon: input('epsilon', 'float32', []),
  } satisfies Record<(typeof STEP_FACTORS)[number], Value>;

  const { loss, norm, next } = innerStep(config, state, tokens, factors, optimizer);
  const inputs = [tokens, ...Object.values(factors), ...stateValues(state)];
  return writeModel(inputs, { [LOSS]: loss, [GRADIENT_NORM]: norm, ...stateOutputs(next) });
}

/**
 * One inner step as values: forward, backward, clipping by the global norm and AdamW.
 * @param tokens int32 [batch, sequence + 1]
 */
export function innerStep(
  config: ModelConfig,
  { parameters, firsts, seconds }: StepState,
  tokens: Value,
  factors: StepFactors<Value>,
  optimizer: AdamWOptions,
): InnerStep {
  const loss = reduceMean(sequenceLosses(config, parameters, tokens), [0], false);
  const names = [...parameters.keys()];
  const found = gradients(loss, [...parameters.values()]);
  const norm = globalNorm(found);
  const scale = clipScale(norm, optimizer.clipNorm);
  const next = names.map((name, index) => {
    const moments = {
      parameter: get(parameters, name),
      first: get(firsts, name),
      second: get(seconds, name),
      gradient: at(found, index),
    };
    return [name, adamW(moments, optimizer, factors, scale)] as const;
  });
  const part = (key: 'parameter' | 'first' | 'second') => new Map(next.map(([name, values]) => [name, values[key]]));
  return { loss, norm, next: { parameters: part('parameter'), firsts: part('first'), seconds: part('second') } };
}

/** The inputs of a model's state: each parameter under its name, its moments behind FIRST_MOMENT and SECOND_MOMENT. */
export function stateInputs(config: ModelConfig): StepState {
  return {
    parameters: parameterInputs(config, ''),
    firsts: parameterInputs(config, FIRST_MOMENT),
    seconds: parameterInputs(config, SECOND_MOMENT),
  };
}

export function stateValues({ parameters, firsts, seconds }: StepState): readonly Value[] {
  return [parameters, firsts, seconds].flatMap((values) => [...values.values()]);
}

/** The outputs of the next state: under the names of `stateInputs` behind NEXT. */
export function stateOutputs({ parameters, firsts, seconds }: StepState): Readonly<Record<string, Value>> {
  const outputs: Record<string, Value> = {};
  for (const [name, parameter] of parameters) {
    outputs[NEXT + name] = parameter;
    outputs[NEXT + FIRST_MOMENT + name] = get(firsts, name);
    outputs[NEXT + SECOND_MOMENT + name] = get(seconds, name);
  }
  return outputs;
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
