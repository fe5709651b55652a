import { add, multiply } from '#worker/graph/operators/arithmetic.ts';
import { reshape, transpose } from '#worker/graph/operators/layout.ts';
import { matMul } from '#worker/graph/operators/matmul.ts';
import { concat, slice, split } from '#worker/graph/operators/pieces.ts';
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

/** Rows of scores that are computed at once: few enough that little is computed that causality hides, in no more than this many blocks. */
const MAX_CAUSAL_BLOCKS = 4;
/** Products of fewer rows run no faster. */
const LEAST_BLOCK_ROWS = 128;

/** Where blocks of rows of the scores begin and end: [from, to). */
export function causalBlocks(length: number): readonly { readonly from: number; readonly to: number }[] {
  const rows = Math.max(LEAST_BLOCK_ROWS, Math.ceil(length / MAX_CAUSAL_BLOCKS));
  return Array.from({ length: Math.ceil(length / rows) }, (_, block) => {
    return { from: block * rows, to: Math.min(length, (block + 1) * rows) };
  });
}

/** For positions i in [from, to) and j in [0, to): 0 where j may be seen from i (j ≤ i), −∞ elsewhere. */
export function causalMask(from: number, to: number): Value {
  const data = new Float32Array((to - from) * to);
  for (let i = from; i < to; i++) data.fill(-Infinity, (i - from) * to + i + 1, (i - from + 1) * to);
  return constant(data, [to - from, to]);
}

/**
 * Causal grouped-query attention on rows [batch · length, hidden]. The query heads that share a key/value head are stacked along
 * the rows, so keys and values are never repeated. A block of rows meets only the keys up to its last position: with four
 * blocks three eighths of the work are never done.
 * @param masks of `causalBlocks(length)`, see `causalMask`
 */
export function attention(
  x: Value,
  weights: { readonly query: Value; readonly key: Value; readonly value: Value; readonly output: Value },
  { batchSize, length, heads, kvHeads, headSize }: AttentionShape,
  rotary: RotaryTable,
  masks: readonly Value[],
): Value {
  const byHead = (weight: Value, count: number): Value =>
    transpose(reshape(linear(x, weight), [batchSize, length, count, headSize]), [0, 2, 1, 3]);
  const queries = rotate(byHead(weights.query, heads), rotary);
  const keys = rotate(byHead(weights.key, kvHeads), rotary);
  const values = byHead(weights.value, kvHeads);
  const scaled = multiply(queries, scalar(1 / Math.sqrt(headSize), x.type));

  const blocks = split(
    scaled,
    2,
    masks.map(({ shape: [rows = 0] }) => rows),
  );
  const mixed = masks.map((mask, block) => {
    const [rows = 0, seen = 0] = mask.shape;
    const stacked = (heads / kvHeads) * rows;
    const asked = reshape(blocks[block] ?? scaled, [batchSize, kvHeads, stacked, headSize]);
    const scores = matMul(asked, slice(keys, 2, 0, seen), { transposeB: true });
    const shares = softmax(add(reshape(scores, [batchSize, heads, rows, seen]), mask));
    const part = matMul(reshape(shares, [batchSize, kvHeads, stacked, seen]), slice(values, 2, 0, seen));
    return reshape(part, [batchSize, heads, rows, headSize]);
  });
  const byPosition = transpose(concat(mixed, 2), [0, 2, 1, 3]);
  return linear(reshape(byPosition, [batchSize * length, heads * headSize]), weights.output);
}
