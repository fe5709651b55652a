import { elementCount } from '#protocol/model-shape.ts';
import { describe } from '../describe.ts';
import { GraphError } from '../graph-error.ts';
import { apply, defineOperator, inputAt, ints, intsAttribute } from '../operator.ts';
import { broadcastAxes, broadcastShapes, sameShape } from '../shape.ts';
import { formatShape, integers, integerValues, type Shape, type Value } from '../value.ts';
import { reduceSum } from './reduction.ts';

const transposeOperator = defineOperator({
  name: 'Transpose',
  infer: (inputs, attributes) => {
    const x = inputAt(inputs, 0, 'Transpose');
    const order = intsAttribute(attributes, 'perm');
    if (
      !sameShape(
        [...order].sort((a, b) => a - b),
        [...x.shape.keys()],
      )
    ) {
      throw new GraphError('Transpose', `order ${formatShape(order)} does not fit ${describe('x', x)}`);
    }
    return [{ type: x.type, shape: order.map((axis) => x.shape[axis] ?? 1) }];
  },
  gradient: (node, [g]) => {
    if (g === undefined || g === null) return [null];
    const order = intsAttribute(node.attributes, 'perm');
    return [transpose(g, inverse(order))];
  },
});

const reshapeOperator = defineOperator({
  name: 'Reshape',
  infer: (inputs) => {
    const x = inputAt(inputs, 0, 'Reshape');
    const shape = integerValues(inputAt(inputs, 1, 'Reshape'));
    if (elementCount(shape) !== elementCount(x.shape) || shape.some((extent) => extent < 0)) {
      throw new GraphError('Reshape', `${describe('x', x)} does not hold the elements of ${formatShape(shape)}`);
    }
    return [{ type: x.type, shape }];
  },
  gradient: (node, [g]) => [
    g === undefined || g === null ? null : reshape(g, inputAt(node.inputs, 0, 'Reshape').shape),
    null,
  ],
});

const expandOperator = defineOperator({
  name: 'Expand',
  infer: (inputs) => {
    const x = inputAt(inputs, 0, 'Expand');
    const shape = integerValues(inputAt(inputs, 1, 'Expand'));
    const repeated = broadcastShapes(x.shape, shape);
    if (repeated === null || !sameShape(repeated, shape)) {
      throw new GraphError('Expand', `${describe('x', x)} cannot be repeated to ${formatShape(shape)}`);
    }
    return [{ type: x.type, shape }];
  },
  gradient: (node, [g]) => {
    if (g === undefined || g === null) return [null, null];
    const { shape } = inputAt(node.inputs, 0, 'Expand');
    return [reshape(reduceSum(g, broadcastAxes(shape, g.shape), true), shape), null];
  },
});

function inverse(order: readonly number[]): readonly number[] {
  return order.map((_, axis) => order.indexOf(axis));
}

/** Reorders axes: axis i of the result is axis `order[i]` of `x`. Two in a row become one. */
export function transpose(x: Value, order: readonly number[]): Value {
  if (order.every((axis, index) => axis === index) && order.length === x.shape.length) return x;
  if (x.source.kind === 'node' && x.source.node.operator === transposeOperator) {
    const inner = intsAttribute(x.source.node.attributes, 'perm');
    return transpose(
      inputAt(x.source.node.inputs, 0, 'Transpose'),
      order.map((axis) => inner[axis] ?? axis),
    );
  }
  return apply(transposeOperator, [x], { perm: ints(order) });
}

/** Swaps the last two axes. */
export function transposeLast(x: Value): Value {
  const rank = x.shape.length;
  if (rank < 2) throw new GraphError('Transpose', `${describe('x', x)} has no two axes to swap`);
  return transpose(x, [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2]);
}

/** Whether `x` is the result of `transposeLast`. */
export function isTransposedLast(x: Value): boolean {
  if (x.source.kind !== 'node' || x.source.node.operator !== transposeOperator) return false;
  return transposeLast(x) === inputAt(x.source.node.inputs, 0, 'Transpose');
}

/** The same elements in another shape. Two in a row become one. */
export function reshape(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  if (x.source.kind === 'node' && x.source.node.operator === reshapeOperator) {
    return reshape(inputAt(x.source.node.inputs, 0, 'Reshape'), shape);
  }
  return apply(reshapeOperator, [x, integers(shape)]);
}

/** Repeats `x` along broadcast axes until it has `shape`. */
export function expand(x: Value, shape: Shape): Value {
  return sameShape(x.shape, shape) ? x : apply(expandOperator, [x, integers(shape)]);
}
