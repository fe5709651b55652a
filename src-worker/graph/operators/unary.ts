import { apply, defineOperator, inputAt, type Operator } from '../operator.ts';
import { requireFloat } from '../shape.ts';
import { scalar, type Value } from '../value.ts';
import { divide, multiply, subtract } from './arithmetic.ts';
import { less, where } from './selection.ts';

/** An elementwise operator of one input; `gradient` gets the output's gradient, the input and the output. */
function unary(name: string, gradient: (g: Value, x: Value, out: Value) => Value | null): Operator {
  return defineOperator({
    name,
    infer: (inputs) => {
      const x = inputAt(inputs, 0, name);
      requireFloat(name, { x });
      return [{ type: x.type, shape: x.shape }];
    },
    gradient: (node, [g]) => {
      if (g === undefined || g === null) return [null];
      return [gradient(g, inputAt(node.inputs, 0, name), inputAt(node.outputs, 0, name))];
    },
  });
}

const negateOperator = unary('Neg', (g) => negate(g));
const squareRootOperator = unary('Sqrt', (g, x, out) => multiply(g, divide(scalar(0.5, x.type), out)));
const reciprocalOperator = unary('Reciprocal', (g, _x, out) => negate(multiply(g, square(out))));
const exponentialOperator = unary('Exp', (g, _x, out) => multiply(g, out));
const logarithmOperator = unary('Log', (g, x) => divide(g, x));
const sigmoidOperator = unary('Sigmoid', (g, x, out) => multiply(g, multiply(out, subtract(scalar(1, x.type), out))));
const absoluteOperator = unary('Abs', (g, x) => where(less(x, scalar(0, x.type)), negate(g), g));
// Flat wherever it has a gradient at all.
const roundOperator = unary('Round', () => null);

/** x · x as one node with one gradient, so that the product rule does not add two equal terms. */
const squareOperator = defineOperator({
  name: 'Mul',
  infer: (inputs) => {
    const x = inputAt(inputs, 0, 'Mul');
    requireFloat('Mul', { x });
    return [{ type: x.type, shape: x.shape }];
  },
  gradient: (node, [g]) => {
    if (g === undefined || g === null) return [null, null];
    const x = inputAt(node.inputs, 0, 'Mul');
    return [multiply(multiply(scalar(2, x.type), g), x), null];
  },
});

export const negate = (x: Value): Value => apply(negateOperator, [x]);
export const square = (x: Value): Value => apply(squareOperator, [x, x]);
export const squareRoot = (x: Value): Value => apply(squareRootOperator, [x]);
export const reciprocal = (x: Value): Value => apply(reciprocalOperator, [x]);
export const exponential = (x: Value): Value => apply(exponentialOperator, [x]);
export const logarithm = (x: Value): Value => apply(logarithmOperator, [x]);
export const sigmoid = (x: Value): Value => apply(sigmoidOperator, [x]);
export const absolute = (x: Value): Value => apply(absoluteOperator, [x]);
/** To the nearest integer, halves to the even one. */
export const round = (x: Value): Value => apply(roundOperator, [x]);
