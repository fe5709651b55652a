import { add, multiply } from '#worker/graph/operators/arithmetic.ts';
import { reshape, transpose } from '#worker/graph/operators/layout.ts';
import { matMul } from '#worker/graph/operators/matmul.ts';
import { reduceSumSquare } from '#worker/graph/operators/reduction.ts';
import { softmax } from '#worker/graph/operators/softmax.ts';
import { reciprocal, sigmoid, squareRoot } from '#worker/graph/operators/unary.ts';
import { constant, scalar, type Value } from '#worker/graph/value.ts';
import { rotate, type RotaryTable } from './rope.ts';

/** How the rows of an activation [batch · length, hidden] are laid out, and the heads of attention. */
export interface AttentionShape {
  readonly batchSize: number;
  readonly length: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
}

/** `x / √(mean(x²) + ε) · weight` over the last axis. */
export function rmsNorm(x: Value, weight: Value, epsilon: number): Value {
  const width = x.shape.at(-1) ?? 1;
  const meanSquare = multiply(reduceSumSquare(x, [-1], true), scalar(1 / width, x.type));
  const scale = reciprocal(squareRoot(add(meanSquare, scalar(epsilon, x.type))));
  return multiply(multiply(x, scale), weight);
}

/** `x · weightᵀ` for x [rows, in] and a weight [out, in]. */
export function linear(x: Value, weight: Value): Value {
  return matMul(x, weight, { transposeB: true });
}

/** `down(silu(gate(x)) · up(x))`. */
export function swiGlu(x: Value, gate: Value, up: Value, down: Value): Value {
  const gated = linear(x, gate);
  return linear(multiply(multiply(gated, sigmoid(gated)), linear(x, up)), down);
}

/** 0 where position j may be seen from position i (j ≤ i), −∞ elsewhere: shape [length, length]. */
export function causalMask(length: number): Value {
  const data = new Float32Array(length * length);
  for (let from = 0; from < length; from++) data.fill(-Infinity, from * length + from + 1, (from + 1) * length);
  return constant(data, [length, length]);
}

/**
 * Causal grouped-query attention on rows [batch · length, hidden]. Query, key and value projections run as one product.
 * The query heads that share a key/value head are stacked along the rows, so keys and values are never repeated.
 */
export function attention(
  x: Value,
  weights: { readonly query: Value; readonly key: Value; readonly value: Value; readonly output: Value },
  { batchSize, length, heads, kvHeads, headSize }: AttentionShape,
  rotary: RotaryTable,
  mask: Value,
): Value {
  const byHead = (weight: Value, count: number): Value =>
    transpose(reshape(linear(x, weight), [batchSize, length, count, headSize]), [0, 2, 1, 3]);
  const queries = rotate(byHead(weights.query, heads), rotary);
  const keys = rotate(byHead(weights.key, kvHeads), rotary);
  const values = byHead(weights.value, kvHeads);

  const rows = (heads / kvHeads) * length;
  const scaled = multiply(queries, scalar(1 / Math.sqrt(headSize), x.type));
  const scores = matMul(reshape(scaled, [batchSize, kvHeads, rows, headSize]), keys, { transposeB: true });
  const weightsByHead = softmax(add(reshape(scores, [batchSize, heads, length, length]), mask));
  const mixed = matMul(reshape(weightsByHead, [batchSize, kvHeads, rows, length]), values);
  const byPosition = transpose(reshape(mixed, [batchSize, heads, length, headSize]), [0, 2, 1, 3]);
  return linear(reshape(byPosition, [batchSize * length, heads * headSize]), weights.output);
}
