import { expect, test } from 'vitest';
import { add, multiply } from '#worker/graph/operators/arithmetic.ts';
import { expand, reshape, transpose, transposeLast } from '#worker/graph/operators/layout.ts';
import { matMul } from '#worker/graph/operators/matmul.ts';
import { concat, slice, split } from '#worker/graph/operators/pieces.ts';
import { reduceSum } from '#worker/graph/operators/reduction.ts';
import { gather, gatherElements, scatterAdd, where } from '#worker/graph/operators/selection.ts';
import { softmax } from '#worker/graph/operators/softmax.ts';
import { constant, input, type Value } from '#worker/graph/value.ts';

const float = (...shape: readonly number[]): Value => input('x', 'float32', shape);
const index = (...shape: readonly number[]): Value => input('i', 'int32', shape);

const REFUSALS: readonly (readonly [string, () => unknown])[] = [
  ['Add: shapes [2, 3] and [2, 4] do not broadcast', () => add(float(2, 3), float(2, 4))],
  ['Mul: inputs of different types: float32, float64', () => multiply(float(2), input('y', 'float64', [2]))],
  ['Add: needs floating-point input, not int32', () => add(index(2), index(2))],
  ['Gemm: shapes [2, 3] and [4, 5] cannot be multiplied', () => matMul(float(2, 3), float(4, 5))],
  ['Gemm: shapes [2, 3] and [4, 5] cannot be multiplied', () => matMul(float(2, 3), float(5, 4), { transposeB: true })],
  ['MatMul: shapes [2, 3] and [4, 5] cannot be multiplied', () => matMul(float(7, 2, 3), float(7, 4, 5))],
  ['MatMul: shapes [2] and [3] do not broadcast', () => matMul(float(2, 1, 3), float(3, 3, 1))],
  ['Reshape: [2, 3] does not hold the elements of [4, 2]', () => reshape(float(2, 3), [4, 2])],
  ['Expand: shapes [2, 3] and [2, 4] do not broadcast', () => expand(float(2, 3), [2, 4])],
  ['Expand: shape [2, 3] cannot be repeated to [1, 3]', () => expand(float(2, 3), [1, 3])],
  ['Transpose: order [0, 0] does not fit shape [2, 3]', () => transpose(float(2, 3), [0, 0])],
  ['Transpose: shape [2] has no two axes to swap', () => transposeLast(float(2))],
  ['ReduceSum: axis 2 does not exist in shape [2, 3]', () => reduceSum(float(2, 3), [2], true)],
  ['Concat: shapes [2, 3], [3, 3] differ outside of axis 1', () => concat([float(2, 3), float(3, 3)], 1)],
  ['Split: sizes [1, 1] do not add up to axis 0 of [3, 2]', () => split(float(3, 2), 0, [1, 1])],
  ['Slice: 1…4 of axis 1 does not exist in shape [2, 3]', () => slice(float(2, 3), 1, 1, 4)],
  ['Gather: indices must be integers, not float32', () => gather(float(4, 2), float(3))],
  [
    'GatherElements: data [3, 4] and indices [2, 1] differ outside of axis 1',
    () => gatherElements(float(3, 4), index(2, 1), 1),
  ],
  [
    'ScatterElements: indices and updates have different shapes [3, 1] and [3, 2]',
    () => scatterAdd(float(3, 4), index(3, 1), float(3, 2), 1),
  ],
  ['Where: the condition is float32, not bool', () => where(float(2), float(2), float(2))],
  ['Softmax: needs floating-point input, not int32', () => softmax(index(2))],
  ['constant: 3 values for shape [2, 2]', () => constant(new Float32Array(3), [2, 2])],
];

test.each(REFUSALS)('%s', (message, build) => {
  expect(build).toThrow(expect.objectContaining({ code: 'ENGINE', message }));
});
