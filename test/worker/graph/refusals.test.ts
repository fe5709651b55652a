import { describe, expect, test } from 'vitest';
import { dequantiseBlocks, quantiseBlocks } from '#worker/graph/blockwise-quantise.ts';
import { add, divide, multiply, subtract } from '#worker/graph/operators/arithmetic.ts';
import { cast } from '#worker/graph/operators/cast.ts';
import { expand, reshape, transpose, transposeLast } from '#worker/graph/operators/layout.ts';
import { matMul } from '#worker/graph/operators/matmul.ts';
import { concat, halve, slice, split } from '#worker/graph/operators/pieces.ts';
import { reduceMax, reduceMean, reduceSum, reduceSumSquare } from '#worker/graph/operators/reduction.ts';
import { gather, gatherElements, less, scatterAdd, where } from '#worker/graph/operators/selection.ts';
import { logSumExp, softmax } from '#worker/graph/operators/softmax.ts';
import {
  absolute,
  exponential,
  negate,
  reciprocal,
  round,
  sigmoid,
  square,
  squareRoot,
  logarithm,
} from '#worker/graph/operators/unary.ts';
import { constant, input, integers, scalar, type Value } from '#worker/graph/value.ts';
import { allOperators } from './all-operators.ts';

const x = (...shape: readonly number[]): Value => input('hidden', 'float32', shape);
const w = (...shape: readonly number[]): Value => input('q_proj.weight', 'float32', shape);
const double = (...shape: readonly number[]): Value => input('exact', 'float64', shape);
const ids = (...shape: readonly number[]): Value => input('tokens', 'int32', shape);
const bool = (...shape: readonly number[]): Value => input('mask', 'bool', shape);

/** The whole message, which names the operator, what does not fit and its shapes; and what brings it about. */
const REFUSALS: readonly (readonly [string, () => unknown])[] = [
  ['Add: a "hidden" [2, 3] and b "q_proj.weight" [2, 4] do not broadcast', () => add(x(2, 3), w(2, 4))],
  ['Add: a "tokens" [2] is int32, not floating-point', () => add(ids(2), ids(2))],
  ['Add: a (constant) [3] and b "hidden" [2] do not broadcast', () => add(constant(new Float32Array(3), [3]), x(2))],
  [
    'Add: a (from Softmax of "hidden") [3] and b (from Add) [2] do not broadcast',
    () => add(softmax(x(3)), add(negate(x(2)), negate(w(2)))),
  ],
  ['Sub: a "hidden" [3, 1] and b "q_proj.weight" [2, 4] do not broadcast', () => subtract(x(3, 1), w(2, 4))],
  ['Mul: a "hidden" [2] of float32 and b "exact" [2] of float64 have different types', () => multiply(x(2), double(2))],
  ['Mul: x "tokens" [2] is int32, not floating-point', () => square(ids(2))],
  ['Div: a "hidden" [4] and b "q_proj.weight" [5] do not broadcast', () => divide(x(4), w(5))],
  ['Neg: x "tokens" [2] is int32, not floating-point', () => negate(ids(2))],
  ['Sqrt: x "tokens" [2] is int32, not floating-point', () => squareRoot(ids(2))],
  ['Reciprocal: x "tokens" [2] is int32, not floating-point', () => reciprocal(ids(2))],
  ['Exp: x "tokens" [2] is int32, not floating-point', () => exponential(ids(2))],
  ['Sigmoid: x "mask" [2] is bool, not floating-point', () => sigmoid(bool(2))],
  ['Abs: x "tokens" [2] is int32, not floating-point', () => absolute(ids(2))],
  ['Round: x "tokens" [2] is int32, not floating-point', () => round(ids(2))],
  ['Cast: x "tokens" [2] is int32 and does not become float32', () => cast(ids(2), 'float32')],
  ['Cast: x "hidden" [2] is float32 and does not become bool', () => cast(x(2), 'bool')],

  ['Gemm: a "hidden" [8, 3] and b "q_proj.weight" [5, 4] cannot be multiplied', () => matMul(x(8, 3), w(5, 4))],
  [
    'Gemm: a "hidden" [8, 3] and transposed b "q_proj.weight" [5, 4] cannot be multiplied',
    () => matMul(x(8, 3), w(5, 4), { transposeB: true }),
  ],
  [
    'Gemm: transposed a "hidden" [8, 3] and b "q_proj.weight" [5, 4] cannot be multiplied',
    () => matMul(x(8, 3), w(5, 4), { transposeA: true }),
  ],
  [
    'Gemm: a "hidden" [2, 2] of float32 and b "exact" [2, 2] of float64 have different types',
    () => matMul(x(2, 2), double(2, 2)),
  ],
  [
    'MatMul: a "hidden" [7, 2, 3] and b "q_proj.weight" [7, 4, 5] cannot be multiplied',
    () => matMul(x(7, 2, 3), w(7, 4, 5)),
  ],
  [
    'MatMul: a "hidden" [7, 2, 3] and b (from Transpose of "q_proj.weight") [7, 5, 4] cannot be multiplied',
    () => matMul(x(7, 2, 3), w(7, 4, 5), { transposeB: true }),
  ],
  ['MatMul: a "hidden" [3] and b "q_proj.weight" [2, 3, 4] cannot be multiplied', () => matMul(x(3), w(2, 3, 4))],
  [
    'MatMul: the batches of a "hidden" [2, 1, 3] and b "q_proj.weight" [3, 3, 1] do not broadcast',
    () => matMul(x(2, 1, 3), w(3, 3, 1)),
  ],

  ['Reshape: x "hidden" [2, 3] does not hold the elements of [4, 2]', () => reshape(x(2, 3), [4, 2])],
  ['Reshape: x "hidden" [2, 3] does not hold the elements of [-2, -3]', () => reshape(x(2, 3), [-2, -3])],
  ['Expand: x "hidden" [2, 3] cannot be repeated to [2, 4]', () => expand(x(2, 3), [2, 4])],
  ['Expand: x "hidden" [2, 3] cannot be repeated to [1, 3]', () => expand(x(2, 3), [1, 3])],
  ['Transpose: order [0, 0] does not fit x "hidden" [2, 3]', () => transpose(x(2, 3), [0, 0])],
  ['Transpose: x "hidden" [2] has no two axes to swap', () => transposeLast(x(2))],
  [
    'Concat: input 0 "hidden" [2, 3] and input 1 "q_proj.weight" [3, 3] differ outside of axis 1',
    () => concat([x(2, 3), w(3, 3)], 1),
  ],
  [
    'Concat: input 0 "hidden" [2], input 1 "hidden" [3] and input 2 "q_proj.weight" [1, 2] differ outside of axis 0',
    () => concat([x(2), x(3), w(1, 2)], 0),
  ],
  [
    'Concat: input 0 "hidden" [2] of float32 and input 1 "exact" [2] of float64 have different types',
    () => concat([x(2), double(2)], 0),
  ],
  ['Concat: input 0 "hidden" [2] has no axis 1', () => concat([x(2), w(2)], 1)],
  ['Concat: nothing to join', () => concat([], 0)],
  ['Split: sizes [1, 1] do not add up to axis 0 of x "hidden" [3, 2]', () => split(x(3, 2), 0, [1, 1])],
  ['Split: sizes [-1, 4] do not add up to axis 0 of x "hidden" [3, 2]', () => split(x(3, 2), 0, [-1, 4])],
  ['Split: x "hidden" [3, 2] has no axis -3', () => split(x(3, 2), -3, [1, 2])],
  ['Split: axis 0 of x "hidden" [3, 2] has no two halves', () => halve(x(3, 2), 0)],
  ['Slice: x "hidden" [2, 3] has no 1…4 on axis 1', () => slice(x(2, 3), 1, 1, 4)],
  ['Slice: x "hidden" [2, 3] has no axis 2', () => slice(x(2, 3), 2, 0, 1)],

  ['ReduceSum: x "hidden" [2, 3] has no axis 2', () => reduceSum(x(2, 3), [2], true)],
  ['ReduceSum: axes [1, 1] of x "hidden" [2, 3] are not all different', () => reduceSum(x(2, 3), [1, -1], false)],
  ['ReduceMean: no axes of x "hidden" [2, 3] are given', () => reduceMean(x(2, 3), [], true)],
  ['ReduceSumSquare: x "tokens" [2] is int32, not floating-point', () => reduceSumSquare(ids(2), [0], true)],
  ['ReduceMax: x "hidden" [] has no axis -1', () => reduceMax(x(), [-1], true)],
  ['Softmax: x "tokens" [2] is int32, not floating-point', () => softmax(ids(2))],
  ['Softmax: x "hidden" [] has no axis -1', () => softmax(x())],
  ['ReduceMax: x "hidden" [] has no axis -1', () => logSumExp(x())],
  ['Log: x "tokens" [2] is int32, not floating-point', () => logarithm(ids(2))],

  ['Gather: indices "hidden" [3] are float32, not integers', () => gather(w(4, 2), x(3))],
  ['Gather: table "hidden" [] has no axis 0', () => gather(x(), ids(3))],
  [
    'GatherElements: data "hidden" [3, 4] and indices "tokens" [2, 1] differ outside of axis 1',
    () => gatherElements(x(3, 4), ids(2, 1), 1),
  ],
  [
    'GatherElements: indices "q_proj.weight" [3, 1] are float32, not integers',
    () => gatherElements(x(3, 4), w(3, 1), 1),
  ],
  ['GatherElements: data "hidden" [3, 4] has no axis 2', () => gatherElements(x(3, 4), ids(3, 1), 2)],
  [
    'ScatterElements: indices "tokens" [3, 1] and updates "hidden" [3, 2] have different shapes',
    () => scatterAdd(w(3, 4), ids(3, 1), x(3, 2), 1),
  ],
  [
    'ScatterElements: data "hidden" [3] of float32 and updates "exact" [2] of float64 have different types',
    () => scatterAdd(x(3), ids(2), double(2), 0),
  ],
  ['Less: a "hidden" [2] and b "q_proj.weight" [3] do not broadcast', () => less(x(2), w(3))],
  ['Where: condition "q_proj.weight" [2] is float32, not bool', () => where(w(2), x(2), x(2))],
  [
    'Where: condition "mask" [2], a "hidden" [2] and b "q_proj.weight" [1] have different shapes',
    () => where(bool(2), x(2), w(1)),
  ],

  ['quantiseBlocks: x "exact" [2] is float64, not float32', () => quantiseBlocks(double(2), { signed: true })],
  [
    'dequantiseBlocks: codes "hidden" [1, 256] are float32, not uint8',
    () => dequantiseBlocks(x(1, 256), w(1, 1), [256], { signed: true }),
  ],
  [
    'dequantiseBlocks: codes "codes" [1, 256] and scales "hidden" [1, 1] do not hold [257]',
    () => dequantiseBlocks(input('codes', 'uint8', [1, 256]), x(1, 1), [257], { signed: true }),
  ],
  ['constant: 3 values for shape [2, 2]', () => constant(new Float32Array(3), [2, 2])],
  ['scalar: int8 is not a floating-point type', () => scalar(1, 'int8')],
  ['integers: 1.5 in [3, 1.5] is no integer', () => integers([3, 1.5])],
];

describe('what does not fit is refused when the graph is built', () => {
  test.each(REFUSALS)('%s', (message, build) => {
    expect(build).toThrow(expect.objectContaining({ code: 'ENGINE', message }));
  });

  test('by every operator', async () => {
    const refusing = new Set(REFUSALS.map(([message]) => message.slice(0, message.indexOf(':'))));
    expect([...(await allOperators())].map(({ name }) => name).filter((name) => !refusing.has(name))).toEqual([]);
  });
});
