import { describe, expect, test } from 'vitest';
import { gradients } from '#worker/graph/gradients.ts';
import { apply, type Operator } from '#worker/graph/operator.ts';
import { add, divide, multiply, subtract } from '#worker/graph/operators/arithmetic.ts';
import { expand, reshape, transpose, transposeLast } from '#worker/graph/operators/layout.ts';
import { matMul } from '#worker/graph/operators/matmul.ts';
import { concat, halve, slice, split } from '#worker/graph/operators/pieces.ts';
import { reduceMean, reduceSum, reduceSumSquare } from '#worker/graph/operators/reduction.ts';
import { gather, gatherElements, less, scatterAdd, where } from '#worker/graph/operators/selection.ts';
import { logSoftmax, softmax } from '#worker/graph/operators/softmax.ts';
import { exponential, negate, reciprocal, sigmoid, square, squareRoot } from '#worker/graph/operators/unary.ts';
import { constant, input, scalar, type Value } from '#worker/graph/value.ts';
import { gradientError, type GradientCase } from './check-gradient.ts';
import { loadGraph } from './run-graph.ts';

const indices = (values: readonly number[], shape: readonly number[]): Value =>
  constant(Int32Array.from(values), shape);
const positive = (x: number): number => 1.5 + x;
const awayFromZero = (x: number): number => (x < 0 ? x - 0.5 : x + 0.5);

/** Shape pairs under which a binary operator broadcasts: none, trailing, leading, both ways, scalar, a single element. */
const PAIRS: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [[3], [2, 1, 3]],
  [
    [2, 1, 4],
    [3, 1],
  ],
  [[], [2, 2]],
  [
    [2, 2],
    [1, 1],
  ],
  [[1], [1]],
];
const pairs = (name: string, build: GradientCase['build'], domain?: GradientCase['domain']): [string, GradientCase][] =>
  PAIRS.map((shapes) => [
    `${name} of ${JSON.stringify(shapes)}`,
    domain === undefined ? { shapes, build } : { shapes, build, domain },
  ]);
const one = (x: Value | undefined): Value => x!;

const CASES: readonly (readonly [string, GradientCase])[] = [
  ...pairs('add', (a, b) => add(one(a), one(b))),
  ...pairs('subtract', (a, b) => subtract(one(a), one(b))),
  ...pairs('multiply', (a, b) => multiply(one(a), one(b))),
  ...pairs('divide', (a, b) => divide(one(a), one(b)), awayFromZero),
  ['negate', { shapes: [[3, 1]], build: (x) => negate(one(x)) }],
  ['square', { shapes: [[3, 2]], build: (x) => square(one(x)) }],
  ['a product with itself', { shapes: [[3]], build: (x) => multiply(one(x), one(x)) }],
  ['square root', { shapes: [[5]], build: (x) => squareRoot(one(x)), domain: positive }],
  ['reciprocal', { shapes: [[5]], build: (x) => reciprocal(one(x)), domain: awayFromZero }],
  ['exponential', { shapes: [[5]], build: (x) => exponential(one(x)) }],
  ['sigmoid', { shapes: [[2, 7]], build: (x) => sigmoid(one(x)) }],
  ['sum of an axis', { shapes: [[2, 3, 4]], build: (x) => reduceSum(one(x), [1], false) }],
  ['sum of all axes', { shapes: [[2, 3]], build: (x) => reduceSum(one(x), [0, 1], true) }],
  ['mean of the last axis', { shapes: [[2, 5]], build: (x) => reduceMean(one(x), [-1], true) }],
  ['mean of an axis, dropped', { shapes: [[4, 2]], build: (x) => reduceMean(one(x), [0], false) }],
  ['sum of squares', { shapes: [[3, 4]], build: (x) => reduceSumSquare(one(x), [-1], false) }],
  ['softmax', { shapes: [[2, 3, 5]], build: (x) => softmax(one(x)) }],
  ['log softmax', { shapes: [[4, 6]], build: (x) => logSoftmax(one(x)) }],
  ['softmax of one element', { shapes: [[3, 1]], build: (x) => softmax(one(x)) }],
  ['transpose', { shapes: [[2, 3, 4]], build: (x) => transpose(one(x), [2, 0, 1]) }],
  ['transpose of a transpose', { shapes: [[2, 3, 4]], build: (x) => transpose(transposeLast(one(x)), [1, 2, 0]) }],
  ['reshape', { shapes: [[2, 6]], build: (x) => reshape(one(x), [3, 4]) }],
  ['expand', { shapes: [[2, 1, 3]], build: (x) => expand(one(x), [4, 2, 5, 3]) }],
  [
    'concat',
    {
      shapes: [
        [2, 1],
        [2, 3],
        [2, 2],
      ],
      build: (...parts) => concat(parts, -1),
    },
  ],
  ['one part of a split', { shapes: [[5, 2]], build: (x) => one(split(one(x), 0, [2, 3])[1]) }],
  ['both halves', { shapes: [[3, 4]], build: (x) => multiply(...halve(one(x), 1)) }],
  ['slice in the middle', { shapes: [[2, 5]], build: (x) => slice(one(x), 1, 1, 3) }],
  ['slice at the end', { shapes: [[4, 2]], build: (x) => slice(one(x), 0, 3, 4) }],
  [
    'matrix product',
    {
      shapes: [
        [2, 3],
        [3, 4],
      ],
      build: (a, b) => matMul(one(a), one(b)),
    },
  ],
  [
    'matrix product, left transposed',
    {
      shapes: [
        [3, 2],
        [3, 4],
      ],
      build: (a, b) => matMul(one(a), one(b), { transposeA: true }),
    },
  ],
  [
    'matrix product, right transposed',
    {
      shapes: [
        [2, 3],
        [4, 3],
      ],
      build: (a, b) => matMul(one(a), one(b), { transposeB: true }),
    },
  ],
  [
    'matrix product, both transposed',
    {
      shapes: [
        [3, 2],
        [4, 3],
      ],
      build: (a, b) => matMul(one(a), one(b), { transposeA: true, transposeB: true }),
    },
  ],
  [
    'batched product',
    {
      shapes: [
        [2, 2, 3],
        [2, 3, 2],
      ],
      build: (a, b) => matMul(one(a), one(b)),
    },
  ],
  [
    'batched product, transposed',
    {
      shapes: [
        [2, 2, 3],
        [2, 4, 3],
      ],
      build: (a, b) => matMul(one(a), one(b), { transposeB: true }),
    },
  ],
  [
    'batched product, left transposed',
    {
      shapes: [
        [2, 3, 2],
        [2, 3, 2],
      ],
      build: (a, b) => matMul(one(a), one(b), { transposeA: true }),
    },
  ],
  [
    'product with broadcast batches',
    {
      shapes: [
        [2, 1, 2, 3],
        [3, 3, 2],
      ],
      build: (a, b) => matMul(one(a), one(b)),
    },
  ],
  [
    'product of a batch with one matrix',
    {
      shapes: [
        [2, 2, 3],
        [3, 1],
      ],
      build: (a, b) => matMul(one(a), one(b)),
    },
  ],
  ['gather with a repeated row', { shapes: [[4, 3]], build: (x) => gather(one(x), indices([2, 0, 2], [3])) }],
  [
    'gather with two axes of indices',
    { shapes: [[3, 2]], build: (x) => gather(one(x), indices([2, 0, 1, 1], [2, 2])) },
  ],
  ['gather elements', { shapes: [[3, 4]], build: (x) => gatherElements(one(x), indices([3, 0, 0], [3, 1]), 1) }],
  [
    'scatter with a repeated index',
    {
      shapes: [
        [3, 2],
        [2, 2],
      ],
      build: (x, u) => scatterAdd(one(x), indices([1, 2, 1, 0], [2, 2]), one(u), 0),
    },
  ],
  ['where', { shapes: [[6], [6]], build: (a, b) => where(less(one(a), scalar(0.2, 'float64')), one(a), one(b)) }],
  [
    'a value that is used three times',
    { shapes: [[2, 2], [2]], build: (a, b) => add(multiply(one(a), one(b)), multiply(one(b), add(one(a), one(b)))) },
  ],
];

describe('automatic gradients equal central differences', () => {
  test.each(CASES)('%s', async (_, gradientCase) => {
    expect(await gradientError(gradientCase)).toBeLessThan(1e-8);
  });
});

test('the comparison notices a gradient that is wrong by a tenth of a percent', async () => {
  const wrong: Operator = {
    name: 'Exp',
    infer: (inputs) => inputs,
    gradient: (node, [g]) => [multiply(multiply(g!, node.outputs[0]!), scalar(1.001, 'float64'))],
  };
  const error = await gradientError({ shapes: [[3]], build: (x) => apply(wrong, [one(x)]) });
  expect(error).toBeGreaterThan(1e-4);
});

describe('gradients', () => {
  test('are zeros where the loss does not depend on a value', async () => {
    const [x, unused] = [input('x', 'float32', [2]), input('unused', 'float32', [3])];
    const [byX, byUnused] = gradients(reduceSum(x, [0], false), [x, unused]);
    const graph = await loadGraph([x, unused], { byX: byX!, byUnused: byUnused! });
    expect(await graph.run([new Float32Array(2), new Float32Array(3)])).toEqual({
      byX: Float32Array.of(1, 1),
      byUnused: new Float32Array(3),
    });
    await graph.release();
  });

  test('flow around an operator that has none', async () => {
    const x = input('x', 'float32', [2]);
    const clipped = where(less(x, expand(scalar(1, 'float32'), [2])), x, expand(scalar(1, 'float32'), [2]));
    const [byX] = gradients(reduceSum(clipped, [0], false), [x]);
    const graph = await loadGraph([x], { byX: byX! });
    expect(await graph.run([Float32Array.of(0.5, 2)])).toEqual({ byX: Float32Array.of(1, 0) });
    await graph.release();
  });

  test('are refused for a loss that is not a scalar, with its shape', () => {
    const x = input('x', 'float32', [2]);
    expect(() => gradients(x, [x])).toThrow('gradients: the loss has shape [2], not []');
  });
});
