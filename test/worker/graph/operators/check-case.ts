import { isFloat, type ElementType } from '#worker/graph/element-type.ts';
import { gradients } from '#worker/graph/gradients.ts';
import type { Operator } from '#worker/graph/operator.ts';
import { multiply } from '#worker/graph/operators/arithmetic.ts';
import { cast } from '#worker/graph/operators/cast.ts';
import { reduceSum } from '#worker/graph/operators/reduction.ts';
import { sameShape } from '#worker/graph/shape.ts';
import { formatShape, input, type Value } from '#worker/graph/value.ts';
import { loadGraph } from '../run-graph.ts';
import { fromElements, toElements, type FeedType } from './element-data.ts';
import { grid, type OperatorCase, type Row } from './row.ts';
import type { TestTensor } from './tensor.ts';

/**
 * Of a result, relative to the largest: float64 rounds to 1.1e-16, the roundings of 65,537 numbers that are added grow like
 * the root of their count, and what cancels leaves a smaller result. The worst case is at 4e-14.
 */
const FORWARD_BOUND = 1e-12;
/**
 * Of a derivative, relative to the largest gradient. On our domains step²·f‴/6 is at most 2e-8 of it, when thousands of
 * elements move at once. A gradient that is wrong by a millionth is found, one that is wrong in a single element of them too.
 */
const GRADIENT_BOUND = 1e-7;
/** What the rounding of a result makes of a difference, relative to the largest result over the step. */
const ROUNDING = 1e-14;
/** Up to this many elements each is moved alone; more are moved all at once, in random directions. */
const MOVED_ALONE = 64;
const DIRECTIONS = 3;

/** What is wrong with an operator on one case, in words; empty if nothing is. */
export async function checkCase(one: OperatorCase, gradient: Row['gradient']): Promise<readonly string[]> {
  const inputs = one.inputs.map(({ type, shape }, index) => input(`x${index}`, feedType(type), shape));
  const output = one.build(...inputs.map((value, index) => cast(value, one.inputs[index]!.type)));
  const { expected } = one;
  if (!sameShape(output.shape, expected.shape)) {
    return [`the shape rule gives ${formatShape(output.shape)}, not ${formatShape(expected.shape)}`];
  }
  const data = one.inputs.map((tensor) => toElements(feedType(tensor.type), tensor.data));
  if (gradient === 'none') {
    const graph = await loadGraph(inputs, { y: output });
    const { y } = await graph.run(data);
    await graph.release();
    return [...compare(fromElements(y!), expected), ...flowsNowhere(output)];
  }

  // The loss is a random projection of the output. Its weights are numbers that every type holds.
  const weights = input('weights', 'float64', output.shape);
  const loss = reduceSum(multiply(cast(output, 'float64'), weights), [...output.shape.keys()], false);
  const moving = inputs.filter(({ type }) => isFloat(type));
  const byMoving = gradients(loss, moving);
  const outputs = Object.fromEntries(byMoving.map((value, index) => [`g${index}`, value]));
  const graph = await loadGraph([...inputs, weights], { y: output, ...outputs });
  try {
    const projection = grid(expected.data.length, one.source);
    const results = await graph.run([...data, projection]);
    const problems = [...compare(fromElements(results['y']!), expected)];
    for (const [index, value] of moving.entries()) {
      const k = inputs.indexOf(value);
      const { type, data: at } = one.inputs[k]!;
      const off = await gradientError(
        fromElements(results[`g${index}`]!),
        at,
        projection,
        one,
        gradient.step,
        async (x) => {
          const moved = await graph.run([...data.with(k, toElements(feedType(type), x)), projection], ['y']);
          return fromElements(moved['y']!);
        },
      );
      if (!(off <= GRADIENT_BOUND)) problems.push(`the gradient of input ${k} is off by ${off.toExponential(1)}`);
    }
    return problems;
  } finally {
    await graph.release();
  }
}

function feedType(type: ElementType): FeedType {
  return type === 'float16' ? 'float32' : type;
}

/** The operator that a case is a test of: the one that makes its output. */
export function operatorOf({ inputs, build }: OperatorCase): Operator | null {
  const { source } = build(...inputs.map(({ type, shape }, index) => input(`x${index}`, type, shape)));
  return source.kind === 'node' ? source.node.operator : null;
}

function compare(found: Float64Array, { data }: TestTensor): readonly string[] {
  if (found.length !== data.length) return [`${found.length} elements instead of ${data.length}`];
  const scale = largestOf(data);
  for (const [index, value] of data.entries()) {
    const off = Math.abs(found[index]! - value);
    if (!(off <= FORWARD_BOUND * scale)) return [`element ${index} is ${found[index]!}, not ${value}`];
  }
  return [];
}

function flowsNowhere({ source, type, shape }: Value): readonly string[] {
  if (source.kind !== 'node') return ['no operator is applied'];
  const gradient = input('g', type, shape);
  const flowing = source.node.operator.gradient(source.node, [gradient]);
  return flowing.every((value) => value === null) ? [] : ['a gradient flows through it'];
}

/**
 * The largest difference between automatic and numerical derivatives, relative to the largest gradient. The difference of
 * the two outputs is projected, not the projections subtracted: that would round at the size of their sums.
 *
 * @param weights of the projection
 * @param run gives the output at another `x`
 */
async function gradientError(
  gradient: Float64Array,
  x: Float64Array,
  weights: Float64Array,
  one: OperatorCase,
  step: number,
  run: (x: Float64Array) => Promise<Float64Array>,
): Promise<number> {
  const alone = x.length <= MOVED_ALONE;
  const rounding = (ROUNDING * largestOf(one.expected.data)) / step;
  let worst = 0;
  for (let trial = 0; trial < (alone ? x.length : DIRECTIONS); trial++) {
    const direction = alone ? new Float64Array(x.length).fill(1, trial, trial + 1) : one.source.signs(x.length);
    const above = await run(x.map((value, index) => value + step * direction[index]!));
    const below = await run(x.map((value, index) => value - step * direction[index]!));
    let [measured, predicted] = [0, 0];
    for (const [index, weight] of weights.entries()) {
      measured += (weight * (above[index]! - below[index]!)) / (2 * step);
    }
    for (const [index, value] of direction.entries()) predicted += value * gradient[index]!;
    const scale = Math.max(largestOf(gradient), Math.abs(measured) / Math.sqrt(alone ? 1 : x.length));
    const off = Math.max(0, Math.abs(measured - predicted) - rounding) / (scale === 0 ? 1 : scale);
    if (!(off <= worst)) worst = off; // NaN too
  }
  return worst;
}

function largestOf(values: Float64Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}
