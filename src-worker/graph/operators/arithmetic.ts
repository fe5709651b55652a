import { describeAll } from '../describe.ts';
import { GraphError } from '../graph-error.ts';
import { apply, defineOperator, inputAt, type Node, type Operator } from '../operator.ts';
import { broadcastAxes, broadcastShapes, requireFloat, requireSameType, sameShape } from '../shape.ts';
import { constantNumber, type Value } from '../value.ts';
import { reshape } from './layout.ts';
import { reduceSum, withoutExpand } from './reduction.ts';
import { scatterAdd, scatteredOverZeros } from './selection.ts';
import { negate, square } from './unary.ts';

/** The local derivatives of a binary elementwise operator, times the gradient `g` of its output. */
type BinaryGradient = (g: Value, a: Value, b: Value, out: Value) => readonly [a: () => Value, b: () => Value];

function binary(name: string, gradient: BinaryGradient): Operator {
  return defineOperator({
    name,
    infer: (inputs) => {
      const [a, b] = operands(inputs, name);
      requireSameType(name, { a, b });
      requireFloat(name, { a, b });
      const shape = broadcastShapes(a.shape, b.shape);
      if (shape === null) throw new GraphError(name, `${describeAll({ a, b })} do not broadcast`);
      return [{ type: a.type, shape }];
    },
    gradient: (node, [g]) => {
      if (g === undefined || g === null) return [null, null];
      const [a, b] = operands(node.inputs, name);
      const [byA, byB] = gradient(g, a, b, outputOf(node));
      return [unbroadcast(byA(), a), unbroadcast(byB(), b)];
    },
  });
}

function operands(inputs: readonly Value[], name: string): readonly [Value, Value] {
  return [inputAt(inputs, 0, name), inputAt(inputs, 1, name)];
}

function outputOf(node: Node): Value {
  return inputAt(node.outputs, 0, node.operator.name);
}

/** Sums a gradient over the axes along which `like` was repeated. */
function unbroadcast(gradient: Value, like: Value): Value {
  if (sameShape(gradient.shape, like.shape)) return gradient;
  const summed = reduceSum(gradient, broadcastAxes(like.shape, gradient.shape), true);
  return reshape(summed, like.shape);
}

const addOperator = binary('Add', (g) => [() => g, () => g]);
const subtractOperator = binary('Sub', (g) => [() => g, () => negate(g)]);
const multiplyOperator = binary('Mul', (g, a, b) => [() => multiply(g, b), () => multiply(g, a)]);
const divideOperator = binary('Div', (g, _a, b, out) => [
  () => divide(g, b),
  () => negate(multiply(g, divide(out, b))),
]);

export function add(a: Value, b: Value): Value {
  const scattered = addInPlace(a, b) ?? addInPlace(b, a);
  if (scattered !== null) return scattered;
  return withoutExpand(a, b, (x, y) => apply(addOperator, [x, y]));
}

/** The sum of a tensor and of updates scattered over zeros: the updates scattered over the tensor. */
function addInPlace(base: Value, scattered: Value): Value | null {
  const updates = sameShape(base.shape, scattered.shape) ? scatteredOverZeros(scattered) : null;
  return updates === null ? null : scatterAdd(base, updates.indices, updates.updates, updates.axis);
}

export function subtract(a: Value, b: Value): Value {
  return withoutExpand(a, b, (x, y) => apply(subtractOperator, [x, y]));
}

export function multiply(a: Value, b: Value): Value {
  if (constantNumber(a) === 1 && a.shape.length === 0) return b;
  if (constantNumber(b) === 1 && b.shape.length === 0) return a;
  if (a === b) return square(a);
  return withoutExpand(a, b, (x, y) => apply(multiplyOperator, [x, y]));
}

export function divide(a: Value, b: Value): Value {
  return withoutExpand(a, b, (x, y) => apply(divideOperator, [x, y]));
}
