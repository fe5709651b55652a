import type { ModelConfig } from '#protocol/model-shape.ts';
import { GraphError } from '#worker/graph/graph-error.ts';
import { add, multiply } from '#worker/graph/operators/arithmetic.ts';
import { reshape } from '#worker/graph/operators/layout.ts';
import { slice } from '#worker/graph/operators/pieces.ts';
import { reduceMean } from '#worker/graph/operators/reduction.ts';
import { gather, gatherElements } from '#worker/graph/operators/selection.ts';
import { logSoftmax } from '#worker/graph/operators/softmax.ts';
import { scalar, type Value } from '#worker/graph/value.ts';
import { attention, causalMask, linear, rmsNorm, swiGlu, type AttentionShape } from './layers.ts';
import { rotaryTable } from './rope.ts';

/**
 * Cross entropy of a Llama-family decoder on windows of tokens, as a graph.
 *
 * @param parameters by the names of `parameterShapes`
 * @param tokens int32 [batch, sequence + 1]: each token but the last predicts the next one
 * @returns mean loss of each window in nats, shape [batch]
 */
export function sequenceLosses(config: ModelConfig, parameters: ReadonlyMap<string, Value>, tokens: Value): Value {
  const parameter = (name: string): Value => {
    const value = parameters.get(name);
    if (value === undefined) throw new GraphError('sequenceLosses', `parameter ${name} is missing`);
    return value;
  };
  const [batchSize = 0, window = 0] = tokens.shape;
  const length = window - 1;
  const rows = batchSize * length;
  const shape: AttentionShape = {
    batchSize,
    length,
    heads: config.heads,
    kvHeads: config.kvHeads,
    headSize: config.headSize,
  };
  const rotary = rotaryTable(length, config.headSize, config.ropeTheta);
  const mask = causalMask(length);
  const norm = (x: Value, name: string): Value => rmsNorm(x, parameter(name), config.rmsNormEpsilon);

  let x = gather(parameter('model.embed_tokens.weight'), reshape(slice(tokens, 1, 0, length), [rows]));
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}.`;
    const weight = (name: string): Value => parameter(`${prefix}${name}.weight`);
    const weights = {
      query: weight('self_attn.q_proj'),
      key: weight('self_attn.k_proj'),
      value: weight('self_attn.v_proj'),
      output: weight('self_attn.o_proj'),
    };
    x = add(x, attention(norm(x, `${prefix}input_layernorm.weight`), weights, shape, rotary, mask));
    const normed = norm(x, `${prefix}post_attention_layernorm.weight`);
    x = add(x, swiGlu(normed, weight('mlp.gate_proj'), weight('mlp.up_proj'), weight('mlp.down_proj')));
  }
  const logits = linear(
    norm(x, 'model.norm.weight'),
    parameter(config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight'),
  );

  const targets = reshape(slice(tokens, 1, 1, window), [rows, 1]);
  const likelihoods = gatherElements(logSoftmax(logits), targets, 1);
  return multiply(reduceMean(reshape(likelihoods, [batchSize, length]), [1], false), scalar(-1, logits.type));
}
