import { describe, expect, test } from 'vitest';
import { add, multiply } from '#worker/graph/operators/arithmetic.ts';
import { reshape, transpose } from '#worker/graph/operators/layout.ts';
import { matMul } from '#worker/graph/operators/matmul.ts';
import { sigmoid } from '#worker/graph/operators/unary.ts';
import { constant, input } from '#worker/graph/value.ts';
import { graphMemory } from '#worker/model/graph-memory.ts';

const ROWS = 100;
/** Bytes of a float32 [ROWS, ROWS]. */
const SQUARE = 4 * ROWS * ROWS;
const x = input('x', 'float32', [ROWS, ROWS]);
const weight = input('weight', 'float32', [ROWS, ROWS]);

describe('The memory of a run', () => {
  test('does not count inputs and outputs', () => {
    expect(graphMemory([matMul(x, weight)]).peakBytes).toBe(0);
  });

  test('holds what is read later', () => {
    const first = matMul(x, weight);
    const second = matMul(first, weight);
    const third = matMul(second, weight);
    expect(graphMemory([matMul(third, weight)]).peakBytes).toBe(2 * SQUARE);
    expect(graphMemory([matMul(matMul(third, weight), first)]).peakBytes).toBe(3 * SQUARE);
  });

  test('is not more for elementwise nodes in a row, which write over their input', () => {
    expect(graphMemory([matMul(sigmoid(sigmoid(matMul(x, weight))), weight)]).peakBytes).toBe(SQUARE);
  });

  test('is more where the input of an elementwise node is read again', () => {
    const product = matMul(x, weight);
    expect(graphMemory([matMul(sigmoid(product), product)]).peakBytes).toBe(2 * SQUARE);
  });

  test('is not more for another shape of the same elements, but for another order', () => {
    const long = [1, ROWS * ROWS];
    expect(graphMemory([sigmoid(reshape(sigmoid(matMul(x, weight)), long))]).peakBytes).toBe(SQUARE);
    expect(graphMemory([sigmoid(transpose(sigmoid(matMul(x, weight)), [1, 0]))]).peakBytes).toBe(2 * SQUARE);
  });

  test('counts equal expressions once, as the file has them', () => {
    const twice = add(matMul(matMul(x, weight), weight), matMul(matMul(x, weight), weight));
    expect(graphMemory([twice]).peakBytes).toBe(2 * SQUARE);
  });

  test('counts each constant once and beside the peak', () => {
    const table = constant(new Float32Array(ROWS * ROWS), [ROWS, ROWS]);
    expect(graphMemory([multiply(multiply(x, table), table)])).toEqual({ peakBytes: SQUARE, constantBytes: SQUARE });
  });
});
