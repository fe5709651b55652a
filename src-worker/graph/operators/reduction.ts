import { apply, inputAt, int, intAttribute, type Attributes, type Node, type Operator } from '../operator.ts';
import { normalizeAxis, requireFloat, sameShape, withExtent } from '../shape.ts';
import { integers, integerValues, scalar, type Shape, type Value } from '../value.ts';
import { multiply } from './arithmetic.ts';
import { expand, reshape } from './layout.ts';

/** A reduction of input 0 over the axes in input 1; `gradient` gets the output's gradient in a shape that broadcasts. */
function reduction(name: string, gradient: (g: Value, x: Value, count: number) => Value): Operator {
  return {
    name,
    infer: (inputs, attributes) => {
      const x = inputAt(inputs, 0, name);
      requireFloat(name, x);
      const axes = axesOf(inputs, name);
      const kept = axes.reduce((shape, axis) => withExtent(shape, normalizeAxis(name, axis, x.shape), 1), x.shape);
      const shape = keepsAxes(attributes) ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
      return [{ type: x.type, shape }];
    },
    gradient: (node, [g]) => {
      if (g === undefined || g === null) return [null, null];
      const x = inputAt(node.inputs, 0, name);
      const count = axesOf(node.inputs, name).reduce((product, axis) => product * (x.shape[axis] ?? 1), 1);
      return [gradient(reshape(g, keptShape(node, x)), x, count), null];
    },
  };
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

function reduce(operator: Operator, x: Value, axes: readonly number[], keepAxes: boolean): Value {
  const normal = axes.map((axis) => normalizeAxis(operator.name, axis, x.shape));
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
