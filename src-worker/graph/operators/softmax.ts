import { apply, defineOperator, inputAt, int, type Operator } from '../operator.ts';
import { normalizeAxis, requireFloat } from '../shape.ts';
import type { Value } from '../value.ts';
import { multiply, subtract } from './arithmetic.ts';
import { reduceSum } from './reduction.ts';
import { exponential } from './unary.ts';

/** An operator along the last axis that keeps the shape. */
function alongLast(name: string, gradient: (g: Value, out: Value) => Value): Operator {
  return defineOperator({
    name,
    infer: (inputs) => {
      const x = inputAt(inputs, 0, name);
      requireFloat(name, { x });
      normalizeAxis(name, 'x', x, -1);
      return [{ type: x.type, shape: x.shape }];
    },
    gradient: (node, [g]) => [g === undefined || g === null ? null : gradient(g, inputAt(node.outputs, 0, name))],
  });
}

const softmaxOperator = alongLast('Softmax', (g, out) =>
  multiply(out, subtract(g, reduceSum(multiply(g, out), [-1], true))),
);
const logSoftmaxOperator = alongLast('LogSoftmax', (g, out) =>
  subtract(g, multiply(exponential(out), reduceSum(g, [-1], true))),
);

const last = { axis: int(-1) };

export const softmax = (x: Value): Value => apply(softmaxOperator, [x], last);
export const logSoftmax = (x: Value): Value => apply(logSoftmaxOperator, [x], last);
