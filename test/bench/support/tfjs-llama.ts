import * as tf from '@tensorflow/tfjs-core';
import type { ModelConfig } from '#protocol/model-shape.ts';

export type Weights = ReadonlyMap<string, tf.Tensor>;

/**
 * Mean cross entropy of a Llama-family decoder in TensorFlow.js, as a user in a hurry to be fast would write it.
 * Linear weights are [in, out], transposed once at the start: a product with a transposed factor takes ten to fifty times as
 * long as a plain one (tfjs-backend-wasm 4.22).
 * @param tokens int32 [batch, length + 1]
 */
export function tfjsLoss(config: ModelConfig, weights: Weights, tokens: tf.Tensor2D): tf.Scalar {
  const { layers, rmsNormEpsilon, vocabSize, sequenceLength: length } = config;
  const [batch] = tokens.shape;
  const weight = (name: string): tf.Tensor => {
    const found = weights.get(`${name}.weight`);
    if (found === undefined) throw new Error(`There is no ${name}`);
    return found;
  };
  const norm = (x: tf.Tensor, name: string): tf.Tensor => {
    const meanSquare = tf.mean(tf.square(x), -1, true);
    return tf.mul(tf.mul(x, tf.rsqrt(tf.add(meanSquare, rmsNormEpsilon))), weight(name));
  };
  const linear = (x: tf.Tensor, name: string): tf.Tensor => product(x, weight(name));

  const inputs = tf.reshape<tf.Rank.R1>(tf.slice(tokens, [0, 0], [batch, length]), [batch * length]);
  const targets = tf.reshape<tf.Rank.R1>(tf.slice(tokens, [0, 1], [batch, length]), [batch * length]);
  const positions = tablesOf(config);
  let x = rowsOf(weight('model.embed_tokens'), inputs);
  for (let layer = 0; layer < layers; layer++) {
    const prefix = `model.layers.${layer}`;
    const normed = norm(x, `${prefix}.input_layernorm`);
    const part = (name: string): tf.Tensor => linear(normed, `${prefix}.self_attn.${name}_proj`);
    const mixed = attention(config, batch, { query: part('q'), key: part('k'), value: part('v') }, positions);
    x = tf.add(x, linear(mixed, `${prefix}.self_attn.o_proj`));
    const inner = norm(x, `${prefix}.post_attention_layernorm`);
    const gate = linear(inner, `${prefix}.mlp.gate_proj`);
    const gated = tf.mul(tf.mul(gate, tf.sigmoid(gate)), linear(inner, `${prefix}.mlp.up_proj`));
    x = tf.add(x, linear(gated, `${prefix}.mlp.down_proj`));
  }
  const logits = linear(norm(x, 'model.norm'), 'lm_head');
  return tf.losses.softmaxCrossEntropy(tf.oneHot(targets, vocabSize), logits);
}

interface Tables {
  readonly cosine: tf.Tensor;
  readonly sine: tf.Tensor;
  /** 0 where a position may be seen, far below it elsewhere. */
  readonly mask: tf.Tensor;
}

function tablesOf({ sequenceLength: length, headSize, ropeTheta }: ModelConfig): Tables {
  const angle = (position: number, index: number): number =>
    position * ropeTheta ** ((-2 * (index % (headSize / 2))) / headSize);
  const table = (of: (angle: number) => number): tf.Tensor =>
    tf.tensor2d(
      Float32Array.from({ length: length * headSize }, (_, i) => of(angle(Math.floor(i / headSize), i % headSize))),
      [length, headSize],
    );
  const hidden = Float32Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? -1e9 : 0,
  );
  return { cosine: table(Math.cos), sine: table(Math.sin), mask: tf.tensor2d(hidden, [length, length]) };
}

/** Causal attention; the query heads that share a key/value head are stacked along the rows. */
function attention(
  { heads, kvHeads, headSize, sequenceLength: length }: ModelConfig,
  batch: number,
  parts: { readonly query: tf.Tensor; readonly key: tf.Tensor; readonly value: tf.Tensor },
  { cosine, sine, mask }: Tables,
): tf.Tensor {
  const byHead = (x: tf.Tensor, count: number): tf.Tensor =>
    tf.transpose(tf.reshape(x, [batch, length, count, headSize]), [0, 2, 1, 3]);
  const turned = (x: tf.Tensor): tf.Tensor => {
    const [a, b] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
    return tf.add(tf.mul(x, cosine), tf.mul(tf.concat([tf.neg(b), a], -1), sine));
  };
  const rows = (heads / kvHeads) * length;
  const queries = tf.reshape(tf.mul(turned(byHead(parts.query, heads)), headSize ** -0.5), [
    batch,
    kvHeads,
    rows,
    headSize,
  ]);
  const keys = tf.transpose(turned(byHead(parts.key, kvHeads)), [0, 1, 3, 2]);
  const scores = tf.reshape(product(queries, keys), [batch, heads, length, length]);
  const shares = tf.reshape(tf.softmax(tf.add(scores, mask)), [batch, kvHeads, rows, length]);
  const mixed = tf.reshape(product(shares, byHead(parts.value, kvHeads)), [batch, heads, length, headSize]);
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * length, heads * headSize]);
}

/** `a · b`, whose gradient transposes before it multiplies. */
function product(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const axes = [...a.shape.keys()];
  const swapped = [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
  return tf.customGrad((...given) => {
    const [left, right, save] = given as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([left, right]);
    const gradFunc = (gradient: tf.Tensor, [x, y]: tf.Tensor[]): tf.Tensor[] => [
      tf.matMul(gradient, tf.transpose(y!, swapped)),
      tf.matMul(tf.transpose(x!, swapped), gradient),
    ];
    return { value: tf.matMul(left, right), gradFunc };
  })(a, b);
}

/** The rows of a table. The gradient of `tf.gather` needs UnsortedSegmentSum, which the wasm backend lacks; it has ScatterNd. */
function rowsOf(table: tf.Tensor, indices: tf.Tensor1D): tf.Tensor {
  const shape = table.shape as [number, number];
  return tf.customGrad((...given) => {
    const [rows, save] = given as unknown as [tf.Tensor, tf.GradSaveFunc];
    // What is not saved is gone by the time of the backward pass.
    save([indices]);
    const gradFunc = (gradient: tf.Tensor, [saved]: tf.Tensor[]): tf.Tensor =>
      tf.scatterND(tf.expandDims(saved!, 1), gradient, shape);
    return { value: tf.gather(rows, indices), gradFunc };
  })(table);
}
