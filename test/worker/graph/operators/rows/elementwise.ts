import { add, divide, multiply, subtract } from '#worker/graph/operators/arithmetic.ts';
import { expand } from '#worker/graph/operators/layout.ts';
import { less, where } from '#worker/graph/operators/selection.ts';
import {
  absolute,
  exponential,
  logarithm,
  negate,
  reciprocal,
  round,
  sigmoid,
  square,
  squareRoot,
} from '#worker/graph/operators/unary.ts';
import type { Shape, Value } from '#worker/graph/value.ts';
import type { RandomSource } from '../random-source.ts';
import {
  awayFromZero,
  booleans,
  nearIntegers,
  positive,
  row,
  tensor,
  uniform,
  type Fill,
  type Row,
  type RowOptions,
} from '../row.ts';
import { at, broadcast, tabulate } from '../tensor.ts';

/** Rank 0, one element, odd extents, more than 65,535 elements. */
export const EDGE_SHAPES: readonly Shape[] = [[], [1], [1, 1, 1], [7], [3, 1, 5], [65_537]];

function unary(title: string, build: (x: Value) => Value, f: (x: number) => number, fill: Fill = uniform): Row {
  return row<{ readonly shape: Shape }>(title, {
    edges: EDGE_SHAPES.map((shape) => ({ shape })),
    random: (source) => ({ shape: source.shape() }),
    inputs: ({ shape }, source) => [tensor(shape, fill, source)],
    build: () => build,
    reference: () => (x) => tabulate(x.shape, (index) => f(at(x, index))),
  });
}

interface Pair {
  readonly a: Shape;
  readonly b: Shape;
}

/** Broadcasts: none, trailing, leading, both ways, a scalar, a single element; more than 65,535 elements by and without. */
const EDGE_PAIRS: readonly Pair[] = [
  { a: [], b: [] },
  { a: [1], b: [1] },
  { a: [2, 3], b: [2, 3] },
  { a: [2, 3], b: [3] },
  { a: [3], b: [2, 1, 3] },
  { a: [2, 1, 4], b: [3, 1] },
  { a: [], b: [2, 2] },
  { a: [2, 2], b: [1, 1] },
  { a: [257, 1], b: [1, 257] },
  { a: [65_537], b: [65_537] },
  { a: [65_537], b: [] },
];

/** Two shapes that broadcast: parts of one, with extents of 1 here and there. */
function randomPair(source: RandomSource): Pair {
  const shape = source.shape();
  const part = (): Shape =>
    shape.slice(source.integer(0, shape.length)).map((extent) => (source.integer(0, 3) === 0 ? 1 : extent));
  return source.pick([
    { a: shape, b: part() },
    { a: part(), b: shape },
    { a: part(), b: part() },
  ]);
}

type BinaryBuild = (a: Value, b: Value) => Value;

function binary(
  title: string,
  build: BinaryBuild,
  f: (a: number, b: number) => number,
  { fill = uniform, ...options }: Partial<RowOptions<Pair>> & { readonly fill?: Fill } = {},
): Row {
  return row<Pair>(title, {
    edges: EDGE_PAIRS,
    random: randomPair,
    inputs: ({ a, b }, source) => [tensor(a, fill, source), tensor(b, fill, source)],
    build: () => (a, b) => build(a, b),
    reference: () => (a, b) => tabulate(broadcast(a.shape, b.shape), (index) => f(at(a, index), at(b, index))),
    ...options,
  });
}

/** Both operands are repeated in full first, which the builders undo where they can. */
function ofExpanded(build: BinaryBuild, which: 'a' | 'b'): (pair: Pair) => BinaryBuild {
  return ({ a, b }) => {
    const shape = broadcast(a, b);
    return (x, y) => build(which === 'a' ? expand(x, shape) : x, which === 'b' ? expand(y, shape) : y);
  };
}

function expanded(title: string, build: BinaryBuild, f: (a: number, b: number) => number): readonly Row[] {
  return (['a', 'b'] as const).map((which) =>
    binary(`${title}, ${which} expanded`, build, f, {
      fill: awayFromZero,
      build: (pair) => (a, b) => ofExpanded(build, which)(pair)(a, b),
    }),
  );
}

export const ELEMENTWISE: readonly Row[] = [
  unary('negate', negate, (x) => -x),
  unary('square', square, (x) => x * x),
  unary(
    'a product with itself',
    (x) => multiply(x, x),
    (x) => x * x,
  ),
  unary('square root', squareRoot, Math.sqrt, positive),
  unary('reciprocal', reciprocal, (x) => 1 / x, awayFromZero),
  unary('exponential', exponential, Math.exp),
  unary('logarithm', logarithm, Math.log, positive),
  unary('sigmoid', sigmoid, (x) => 1 / (1 + Math.exp(-x))),
  unary('absolute', absolute, Math.abs, awayFromZero),
  unary('round', round, Math.round, nearIntegers),

  binary('add', add, (a, b) => a + b),
  binary('subtract', subtract, (a, b) => a - b),
  binary('multiply', multiply, (a, b) => a * b),
  binary('divide', divide, (a, b) => a / b, { fill: awayFromZero }),
  ...expanded('add', add, (a, b) => a + b),
  ...expanded('subtract', subtract, (a, b) => a - b),
  ...expanded('multiply', multiply, (a, b) => a * b),
  ...expanded('divide', divide, (a, b) => a / b),
  binary('less', less, (a, b) => Number(a < b), { gradient: 'none' }),

  row<{ readonly shape: Shape }>('where', {
    edges: EDGE_SHAPES.map((shape) => ({ shape })),
    random: (source) => ({ shape: source.shape() }),
    inputs: ({ shape }, source) => [
      tensor(shape, booleans, source, 'bool'),
      tensor(shape, uniform, source),
      tensor(shape, uniform, source),
    ],
    build: () => (condition, a, b) => where(condition, a, b),
    reference: () => (condition, a, b) =>
      tabulate(a.shape, (index) => (at(condition, index) === 1 ? at(a, index) : at(b, index))),
  }),
];
