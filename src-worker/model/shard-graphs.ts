import type { ModelConfig } from '#protocol/model-shape.ts';
import { gradients } from '#worker/graph/gradients.ts';
import { writeModel } from '#worker/graph/onnx/model.ts';
import { add, multiply } from '#worker/graph/operators/arithmetic.ts';
import { cast } from '#worker/graph/operators/cast.ts';
import { reduceMean, reduceSum } from '#worker/graph/operators/reduction.ts';
import { input, scalar, type Value } from '#worker/graph/value.ts';
import { shardOutput, type ShardInputs } from './llama.ts';
import type { MemorySavings } from './memory-savings.ts';
import { shardParameters, type Shard } from './shard.ts';

/** Names of the inputs and outputs of a shard's graphs. Parameters have their own names, see `shardParameters`. */
export const TOKENS = 'tokens';
/** Rows from the shard before, and for the shard behind: float32 [batch · sequence, hiddenSize]. */
export const HIDDEN_IN = 'hidden.in';
export const HIDDEN_OUT = 'hidden.out';
/** The loss's gradient by `hidden.out` (given) and by `hidden.in` (returned). */
export const GRADIENT_OUT = 'gradient.out';
export const GRADIENT_IN = 'gradient.in';
/** Mean loss of each window in nats: float32 [batch]. */
export const LOSSES = 'losses';
/** Mean loss of the batch in nats: float32 []. */
export const LOSS = 'loss';
/** Before a parameter's name: its gradient, and the sum of its gradients so far. */
export const GRADIENT = 'gradient.';
export const SUM = 'sum.';

/**
 * The forward pass of a shard: `tokens` and/or `hidden.in` and the parameters in; `hidden.out` or `losses` out.
 * @param weights the type of the parameters; they are widened to float32, in which all is computed
 */
export function forwardModel(
  config: ModelConfig,
  shard: Shard,
  batchSize: number,
  weights: MemorySavings['weights'] = 'float32',
): Uint8Array {
  const parameters = parameterInputs(config, shard, weights);
  const inputs = shardInputs(config, shard, batchSize);
  const output = shardOutput(config, shard, widened(parameters), inputs);
  return writeModel([...given(inputs), ...parameters.values()], { [shard.head ? LOSSES : HIDDEN_OUT]: output });
}

export interface BackwardOptions {
  readonly batchSize: number;
  /** Add the gradients to `sum.…` inputs instead of starting from zero. */
  readonly accumulate: boolean;
  /** What this batch counts for, e.g. ¼ for each of four micro-batches. */
  readonly weight: number;
  /** The type of the parameters, see `forwardModel`; gradients are float32. */
  readonly weights?: MemorySavings['weights'];
}

/**
 * The backward pass of a shard with the forward pass computed anew: only the shard's input is kept from one to the other.
 * In: what the forward pass reads, `gradient.out` unless the shard has the head, `sum.…` of each parameter if it accumulates.
 * Out: `loss` with the head, `gradient.in` unless the shard has the embedding, `gradient.…` of each parameter (with `sum.…` added).
 */
export function backwardModel(config: ModelConfig, shard: Shard, options: BackwardOptions): Uint8Array {
  const { inputs, outputs } = backwardGraph(config, shard, options);
  return writeModel(inputs, outputs);
}

/** The graph that `backwardModel` writes. */
export function backwardGraph(
  config: ModelConfig,
  shard: Shard,
  { batchSize, accumulate, weight, weights = 'float32' }: BackwardOptions,
): { readonly inputs: readonly Value[]; readonly outputs: Readonly<Record<string, Value>> } {
  const parameters = parameterInputs(config, shard, weights);
  const wide = widened(parameters);
  const inputs = shardInputs(config, shard, batchSize);
  const output = shardOutput(config, shard, wide, inputs);
  const outputs: Record<string, Value> = {};

  let objective: Value;
  const gradientOut = shard.head ? null : input(GRADIENT_OUT, 'float32', output.shape);
  if (gradientOut === null) {
    const loss = reduceMean(output, [0], false);
    outputs[LOSS] = loss;
    objective = multiply(loss, scalar(weight, 'float32'));
  } else {
    // Its gradient is the vector-Jacobian product: the product itself reaches no output and is not computed.
    objective = reduceSum(multiply(output, gradientOut), [0, 1], false);
  }

  const by = [...wide.values(), ...(inputs.hidden === null ? [] : [inputs.hidden])];
  const found = gradients(objective, by);
  const sums: Value[] = [];
  for (const [index, name] of [...parameters.keys()].entries()) {
    const gradient = at(found, index);
    const sum = input(SUM + name, 'float32', gradient.shape);
    if (accumulate) sums.push(sum);
    outputs[GRADIENT + name] = accumulate ? add(sum, gradient) : gradient;
  }
  if (inputs.hidden !== null) outputs[GRADIENT_IN] = at(found, found.length - 1);
  const all = [...given(inputs), ...(gradientOut === null ? [] : [gradientOut]), ...parameters.values(), ...sums];
  return { inputs: all, outputs };
}

function parameterInputs(
  config: ModelConfig,
  shard: Shard,
  weights: MemorySavings['weights'],
): ReadonlyMap<string, Value> {
  return new Map(shardParameters(config, shard).map(({ name, shape }) => [name, input(name, weights, shape)]));
}

const widened = (parameters: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> =>
  new Map([...parameters].map(([name, value]) => [name, cast(value, 'float32')]));

function shardInputs({ sequenceLength, hiddenSize }: ModelConfig, shard: Shard, batchSize: number): ShardInputs {
  const rows = batchSize * sequenceLength;
  return {
    batchSize,
    tokens: shard.embedding || shard.head ? input(TOKENS, 'int32', [batchSize, sequenceLength + 1]) : null,
    hidden: shard.embedding ? null : input(HIDDEN_IN, 'float32', [rows, hiddenSize]),
  };
}

const given = ({ tokens, hidden }: ShardInputs): readonly Value[] =>
  [tokens, hidden].filter((value): value is Value => value !== null);

function at(values: readonly Value[], index: number): Value {
  const value = values[index];
  if (value === undefined) throw new RangeError(`There is no gradient ${index}`);
  return value;
}
