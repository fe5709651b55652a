import type { ModelConfig } from '#protocol/model-shape.ts';
import { GraphError } from '#worker/graph/graph-error.ts';
import { add, multiply, subtract } from '#worker/graph/operators/arithmetic.ts';
import { reshape } from '#worker/graph/operators/layout.ts';
import { split } from '#worker/graph/operators/pieces.ts';
import { reduceMean } from '#worker/graph/operators/reduction.ts';
import { gather, gatherElements } from '#worker/graph/operators/selection.ts';
import { logSumExp } from '#worker/graph/operators/softmax.ts';
import { scalar, type Value } from '#worker/graph/value.ts';
import { attention, causalBlocks, causalMask, linear, rmsNorm, swiGlu } from './layers.ts';
import { rotaryTable } from './rope.ts';
import { wholeModel, type Shard } from './shard.ts';

const EMBEDDING = 'model.embed_tokens.weight';
const HEAD = 'lm_head.weight';

/** What a shard reads: rows are [batch · sequence, hiddenSize], one for each position of each window. */
export interface ShardInputs {
  readonly batchSize: number;
  /** int32 [batch, sequence + 1]: each token but the last predicts the next one. Needed by the embedding and by the head. */
  readonly tokens: Value | null;
  /** The rows that the shard before this one gave; `null` with an embedding. */
  readonly hidden: Value | null;
}

/**
 * A shard of a Llama-family decoder as a graph.
 *
 * @param parameters by the names of `shardParameters`
 * @returns with a head the mean cross entropy of each window in nats, shape [batch]; else the rows for the next shard
 */
export function shardOutput(
  config: ModelConfig,
  shard: Shard,
  parameters: ReadonlyMap<string, Value>,
  { batchSize, tokens, hidden }: ShardInputs,
): Value {
  const given = (value: Value | null | undefined, name: string): Value => {
    if (value === null || value === undefined) throw new GraphError('shardOutput', `${name} is missing`);
    return value;
  };
  const parameter = (name: string): Value => given(parameters.get(name), `parameter ${name}`);
  const norm = (x: Value, name: string): Value => rmsNorm(x, parameter(name), config.rmsNormEpsilon);
  const length = config.sequenceLength;

  let x = shard.embedding
    ? gather(parameter(EMBEDDING), reshape(part(given(tokens, 'tokens'), [length, 1], 0), [batchSize * length]))
    : given(hidden, 'hidden');

  const { heads, kvHeads, headSize } = config;
  const shape = { batchSize, length, heads, kvHeads, headSize };
  const rotary = rotaryTable(length, headSize, config.ropeTheta);
  const masks = causalBlocks(length).map(({ from, to }) => causalMask(from, to));
  for (let layer = shard.from; layer < shard.to; layer++) {
    const prefix = `model.layers.${layer}.`;
    const weight = (name: string): Value => parameter(`${prefix}${name}.weight`);
    const weights = {
      query: weight('self_attn.q_proj'),
      key: weight('self_attn.k_proj'),
      value: weight('self_attn.v_proj'),
      output: weight('self_attn.o_proj'),
    };
    x = add(x, attention(norm(x, `${prefix}input_layernorm.weight`), weights, shape, rotary, masks));
    const normed = norm(x, `${prefix}post_attention_layernorm.weight`);
    x = add(x, swiGlu(normed, weight('mlp.gate_proj'), weight('mlp.up_proj'), weight('mlp.down_proj')));
  }
  if (!shard.head) return x;

  const logits = linear(norm(x, 'model.norm.weight'), parameter(config.tiedHead ? EMBEDDING : HEAD));
  const targets = reshape(part(given(tokens, 'tokens'), [1, length], 1), [batchSize * length, 1]);
  const likelihoods = subtract(gatherElements(logits, targets, 1), logSumExp(logits));
  return multiply(reduceMean(reshape(likelihoods, [batchSize, length]), [1], false), scalar(-1, logits.type));
}

/** A part of each window of tokens. Not a Slice, which WebGPU has for floats only. */
function part(tokens: Value, sizes: readonly number[], index: 0 | 1): Value {
  const value = split(tokens, 1, sizes)[index];
  if (value === undefined) throw new GraphError('Split', 'did not give two parts');
  return value;
}

/**
 * Cross entropy of the whole model on windows of tokens, as a graph.
 *
 * @param parameters by the names of `parameterShapes`
 * @param tokens int32 [batch, sequence + 1]
 * @returns mean loss of each window in nats, shape [batch]
 */
export function sequenceLosses(config: ModelConfig, parameters: ReadonlyMap<string, Value>, tokens: Value): Value {
  const [batchSize = 0] = tokens.shape;
  return shardOutput(config, wholeModel(config), parameters, { batchSize, tokens, hidden: null });
}
