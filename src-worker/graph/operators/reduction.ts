import { describe } from '../describe.ts';
import { GraphError } from '../graph-error.ts';
import {
  apply,
  defineOperator,
  inputAt,
  int,
  intAttribute,
  type Attributes,
  type Node,
  type Operator,
} from '../operator.ts';
import { normalizeAxis, requireFloat, sameShape, withExtent } from '../shape.ts';
import { formatShape, integers, integerValues, scalar, type Shape, type Value } from '../value.ts';
import { divide, multiply } from './arithmetic.ts';
import { expand, reshape } from './layout.ts';
import { less, where } from './selection.ts';

/**
 * The gradient of a reduction by its input `x`.
 *
 * @param g the output's gradient in a shape that broadcasts
 * @param count how many elements go into each result
 * @param out the output, in the shape of `g`
 */
type ReductionGradient = (g: Value, x: Value, count: number, out: Value, axes: readonly number[]) => Value;

/** A reduction of input 0 over the axes in input 1. */
function reduction(name: string, gradient: ReductionGradient): Operator {
  return defineOperator({
    name,
    infer: (inputs, attributes) => {
      const x = inputAt(inputs, 0, name);
      requireFloat(name, { x });
      const axes = axesOf(inputs, name);
      // ONNX takes "no axes" for "all axes".
      if (axes.length === 0 && x.shape.length > 0)
        throw new GraphError(name, `no axes of ${describe('x', x)} are given`);
      if (new Set(axes).size < axes.length) {
        throw new GraphError(name, `axes ${formatShape(axes)} of ${describe('x', x)} are not all different`);
      }
      const kept = axes.reduce((shape, axis) => withExtent(shape, axis, 1), x.shape);
      const shape = keepsAxes(attributes) ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
      return [{ type: x.type, shape }];
    },
    gradient: (node, [g]) => {
      if (g === undefined || g === null) return [null, null];
      const x = inputAt(node.inputs, 0, name);
      const axes = axesOf(node.inputs, name);
      const count = axes.reduce((product, axis) => product * (x.shape[axis] ?? 1), 1);
      const shape = keptShape(node, x);
      return [gradient(reshape(g, shape), x, count, reshape(inputAt(node.outputs, 0, name), shape), axes), null];
    },
  });
}

function axesOf(inputs: readonly Value[], name: string): readonly number[] {
  return integerValues(inputAt(inputs, 1, name));
}

function keepsAxes(attributes: Attributes): boolean {
  return intAttribute(attributes, 'keepdims', 1) === 1;
}

function keptShape(node: Node, x: Value): Shape {
  return axesOf(node.inputs, node.operator.name).reduce((shape, axis) => withExtent(shape, axis, 1), x.shape);
}

const sumOperator = reduction('ReduceSum', (g, x) => expand(g, x.shape));
const meanOperator = reduction('ReduceMean', (g, x, count) => expand(multiply(g, scalar(1 / count, x.type)), x.shape));
const sumSquareOperator = reduction('ReduceSumSquare', (g, x) => multiply(multiply(g, scalar(2, x.type)), x));
// Elements that share the maximum share its gradient.
const maxOperator = reduction('ReduceMax', (g, x, _count, out, axes) => {
  const isLargest = where(less(x, out), expand(scalar(0, x.type), x.shape), expand(scalar(1, x.type), x.shape));
  return multiply(isLargest, divide(g, reduceSum(isLargest, axes, true)));
});

function reduce(operator: Operator, x: Value, axes: readonly number[], keepAxes: boolean): Value {
  const normal = axes.map((axis) => normalizeAxis(operator.name, 'x', x, axis));
  return apply(operator, [x, integers(normal)], { keepdims: int(keepAxes ? 1 : 0) });
}

/** Sum over `axes` (counted from the end when negative). Over no axes it is the tensor itself. */
export function reduceSum(x: Value, axes: readonly number[], keepAxes: boolean): Value {
  return axes.length === 0 ? x : reduce(sumOperator, x, axes, keepAxes);
}

export function reduceMean(x: Value, axes: readonly number[], keepAxes: boolean): Value {
  return reduce(meanOperator, x, axes, keepAxes);
}

export function reduceSumSquare(x: Value, axes: readonly number[], keepAxes: boolean): Value {
  return reduce(sumSquareOperator, x, axes, keepAxes);
}

/** The largest element over `axes`. */
export function reduceMax(x: Value, axes: readonly number[], keepAxes: boolean): Value {
  return reduce(maxOperator, x, axes, keepAxes);
}

/**
 * Applies a broadcasting operator to `a` and `b` without writing an Expand out in full where that can be avoided:
 * gradients of reductions would otherwise be repeated only to be broadcast again. An Expand is left out where the other
 * side has the full shape, and moved behind the operator where the other side is a single number.
 */
export function withoutExpand(a: Value, b: Value, applyTo: (a: Value, b: Value) => Value): Value {
  const left = expandedFrom(a);
  if (left !== null && sameShape(a.shape, b.shape)) return applyTo(left, b);
  if (left !== null && b.shape.length === 0) return expand(applyTo(left, b), a.shape);
  const right = expandedFrom(b);
  if (right !== null && sameShape(a.shape, b.shape)) return applyTo(a, right);
  if (right !== null && a.shape.length === 0) return expand(applyTo(a, right), b.shape);
  return applyTo(a, b);
}

function expandedFrom(value: Value): Value | null {
  if (value.source.kind !== 'node' || value.source.node.operator.name !== 'Expand') return null;
  return inputAt(value.source.node.inputs, 0, 'Expand');
}
