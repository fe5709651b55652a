import { apply, defineOperator, inputAt, int, type Operator } from '../operator.ts';
import { normalizeAxis, requireFloat, withExtent } from '../shape.ts';
import { integers, type Value } from '../value.ts';
import { multiply, subtract } from './arithmetic.ts';
import { reduceSum } from './reduction.ts';
import { logarithm } from './unary.ts';

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
/** A maximum along the last axis, which stays with extent 1, as a part of `logSumExp`, with which it is tested. */
function peakOperator(gradient: (g: Value, x: Value) => Value | null): Operator {
  return {
    name: 'ReduceMax',
    infer: (inputs) => {
      const x = inputAt(inputs, 0, 'ReduceMax');
      requireFloat('ReduceMax', { x });
      const axis = normalizeAxis('ReduceMax', 'x', x, -1);
      return [{ type: x.type, shape: withExtent(x.shape, axis, 1) }];
    },
    gradient: (node, [g]) => [
      g === undefined || g === null ? null : gradient(g, inputAt(node.inputs, 0, 'ReduceMax')),
      null,
    ],
  };
}

/** Takes the whole gradient of `logSumExp` on itself. */
const peakWithGradient = peakOperator((g, x) => multiply(softmax(x), g));
const peakWithout = peakOperator(() => null);

const last = { axis: int(-1) };

export const softmax = (x: Value): Value => apply(softmaxOperator, [x], last);

/**
 * log Σ exp(x) along the last axis, which stays with extent 1: max x − log max softmax(x). Nothing overflows, and the logarithm
 * is of a number ≥ 1/extent. ONNX has ReduceLogSumExp and LogSoftmax; WebGPU's of the first overflows, and it has none of the second.
 */
export function logSumExp(x: Value): Value {
  const axis = integers([Math.max(0, x.shape.length - 1)]);
  const peak = (operator: Operator, of: Value): Value => apply(operator, [of, axis], { keepdims: int(1) });
  return subtract(peak(peakWithGradient, x), logarithm(peak(peakWithout, softmax(x))));
}
