import { describe, describeAll } from '../describe.ts';
import { GraphError } from '../graph-error.ts';
import { apply, defineOperator, inputAt, int, intAttribute, type Node } from '../operator.ts';
import { broadcastAxes, broadcastShapes, requireFloat, requireSameType } from '../shape.ts';
import type { Shape, Value } from '../value.ts';
import { isTransposedLast, reshape, transposeLast } from './layout.ts';
import { reduceSum } from './reduction.ts';

export interface MatMulOptions {
  /** Use the transpose of `a` (of its last two axes). */
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** Two-dimensional product; the transpositions cost nothing here. */
const gemmOperator = defineOperator({
  name: 'Gemm',
  infer: (inputs, attributes) => {
    const [a, b] = operands(inputs, 'Gemm');
    const transposeA = intAttribute(attributes, 'transA', 0) === 1;
    const transposeB = intAttribute(attributes, 'transB', 0) === 1;
    const left = transposeA ? [...a.shape].reverse() : a.shape;
    const right = transposeB ? [...b.shape].reverse() : b.shape;
    const shape = productShape(left, right);
    if (shape === null) {
      const factors = [describe(transposeA ? 'transposed a' : 'a', a), describe(transposeB ? 'transposed b' : 'b', b)];
      throw new GraphError('Gemm', `${factors.join(' and ')} cannot be multiplied`);
    }
    return [{ type: a.type, shape }];
  },
  gradient: (node, [g]) => {
    if (g === undefined || g === null) return [null, null];
    const [a, b] = operands(node.inputs, 'Gemm');
    const transposeA = intAttribute(node.attributes, 'transA', 0) === 1;
    const transposeB = intAttribute(node.attributes, 'transB', 0) === 1;
    return [
      transposeA
        ? matMul(b, g, { transposeA: transposeB, transposeB: true })
        : matMul(g, b, { transposeB: !transposeB }),
      transposeB
        ? matMul(g, a, { transposeA: true, transposeB: transposeA })
        : matMul(a, g, { transposeA: !transposeA }),
    ];
  },
});

/** Product over the last two axes; the axes before them broadcast. */
const matMulOperator = defineOperator({
  name: 'MatMul',
  infer: (inputs) => {
    const [a, b] = operands(inputs, 'MatMul');
    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const product = productShape(a.shape.slice(-2), b.shape.slice(-2));
    if (product === null) throw new GraphError('MatMul', `${describeAll({ a, b })} cannot be multiplied`);
    if (batch === null) throw new GraphError('MatMul', `the batches of ${describeAll({ a, b })} do not broadcast`);
    return [{ type: a.type, shape: [...batch, ...product] }];
  },
  gradient: (node, [g]) => {
    if (g === undefined || g === null) return [null, null];
    const [a, b] = operands(node.inputs, 'MatMul');
    return [unbroadcastBatch(gradientOfLeft(node, g), a), unbroadcastBatch(gradientOfRight(node, g), b)];
  },
});

// Where an operand is a transposition, its gradient is written as one too: the two cancel in Transpose's own rule.
function gradientOfLeft(node: Node, g: Value): Value {
  const [a, b] = operands(node.inputs, 'MatMul');
  return isTransposedLast(a) ? transposeLast(matMul(b, g, { transposeB: true })) : matMul(g, b, { transposeB: true });
}

function gradientOfRight(node: Node, g: Value): Value {
  const [a, b] = operands(node.inputs, 'MatMul');
  return isTransposedLast(b) ? transposeLast(matMul(g, a, { transposeA: true })) : matMul(a, g, { transposeA: true });
}

function unbroadcastBatch(gradient: Value, like: Value): Value {
  const axes = broadcastAxes(like.shape, gradient.shape);
  return reshape(reduceSum(gradient, axes, true), like.shape);
}

function operands(inputs: readonly Value[], name: string): readonly [Value, Value] {
  const [a, b] = [inputAt(inputs, 0, name), inputAt(inputs, 1, name)];
  requireSameType(name, { a, b });
  requireFloat(name, { a, b });
  return [a, b];
}

function productShape([rows, inner]: Shape, [innerB, columns]: Shape): Shape | null {
  if (rows === undefined || inner === undefined || columns === undefined || inner !== innerB) return null;
  return [rows, columns];
}

/** Matrix product over the last two axes, with broadcasting over the others. */
export function matMul(a: Value, b: Value, options: MatMulOptions = {}): Value {
  const { transposeA = false, transposeB = false } = options;
  if (a.shape.length === 2 && b.shape.length === 2) {
    return apply(gemmOperator, [a, b], { transA: int(transposeA ? 1 : 0), transB: int(transposeB ? 1 : 0) });
  }
  return apply(matMulOperator, [transposeA ? transposeLast(a) : a, transposeB ? transposeLast(b) : b]);
}
