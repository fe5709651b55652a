import { subtract } from '#worker/graph/operators/arithmetic.ts';
import { elementCount } from '#protocol/model-shape.ts';
import { reduceMax, reduceMean, reduceSum, reduceSumSquare } from '#worker/graph/operators/reduction.ts';
import { logSumExp, softmax } from '#worker/graph/operators/softmax.ts';
import type { Shape, Value } from '#worker/graph/value.ts';
import { distinct, row, tensor, uniform, type Fill, type Row } from '../row.ts';
import { at, moved, tabulate, type TestTensor } from '../tensor.ts';

interface Reduction {
  readonly shape: Shape;
  /** May count from the end. */
  readonly axes: readonly number[];
  readonly keep: boolean;
}

const EDGES: readonly Reduction[] = [
  { shape: [1], axes: [0], keep: false },
  { shape: [1, 1], axes: [1], keep: true },
  { shape: [7], axes: [-1], keep: false },
  { shape: [3, 5], axes: [0, 1], keep: false },
  { shape: [5, 3, 1], axes: [0, -1], keep: true },
  { shape: [65_537], axes: [0], keep: false },
  { shape: [257, 257], axes: [1], keep: true },
  { shape: [3, 13_109, 2], axes: [0, 2], keep: false },
];
/** Of a number over no axes, where ONNX's two readings of "no axes" agree. */
const OF_A_NUMBER: Reduction = { shape: [], axes: [], keep: false };

function reduction(
  title: string,
  build: (x: Value, axes: readonly number[], keepAxes: boolean) => Value,
  combine: (before: number, x: number, count: number) => number,
  { start = 0, fill = uniform, ofANumber = true }: { start?: number; fill?: Fill; ofANumber?: boolean } = {},
): Row {
  return row<Reduction>(title, {
    edges: ofANumber ? [...EDGES, OF_A_NUMBER] : EDGES,
    random: (source) => {
      const shape = source.shape({ from: 1 });
      const axes = source.order(shape.length).slice(0, source.integer(1, shape.length));
      const keep = source.pick([true, false]);
      return { shape, axes: axes.map((axis) => source.pick([axis, axis - shape.length])), keep };
    },
    inputs: ({ shape }, source) => [tensor(shape, fill, source)],
    build:
      ({ axes, keep }) =>
      (x) =>
        build(x, axes, keep),
    reference:
      ({ axes, keep }) =>
      (x) =>
        reduce(x, axes, keep, combine, start),
  });
}

function reduce(
  x: TestTensor,
  axes: readonly number[],
  keep: boolean,
  combine: (before: number, x: number, count: number) => number,
  start: number,
): TestTensor {
  const { shape } = x;
  const reduced = new Set(axes.map((axis) => (axis < 0 ? axis + shape.length : axis)));
  const kept = shape.map((extent, axis) => (reduced.has(axis) ? 1 : extent));
  const count = elementCount(shape) / elementCount(kept);
  const data = new Float64Array(elementCount(kept)).fill(start);
  tabulate(shape, (index) => {
    let offset = 0;
    for (const [axis, extent] of kept.entries()) offset = offset * extent + (extent === 1 ? 0 : index[axis]!);
    data[offset] = combine(data[offset]!, at(x, index), count);
    return 0;
  });
  return { type: 'float64', shape: keep ? kept : kept.filter((_, axis) => !reduced.has(axis)), data };
}

function alongLast(title: string, build: (x: Value) => Value, f: (exponential: number, sum: number) => number): Row {
  return row<{ readonly shape: Shape }>(title, {
    edges: [[1], [3, 1], [7], [2, 3, 5], [1, 65_537], [9_363, 7]].map((shape) => ({ shape })),
    random: (source) => ({ shape: source.shape({ from: 1 }) }),
    inputs: ({ shape }, source) => [tensor(shape, uniform, source)],
    build: () => build,
    reference: () => (x) => {
      const { shape } = x;
      const last = shape.length - 1;
      const exponentials = tabulate(shape, (index) => Math.exp(at(x, index)));
      const sums = reduce(exponentials, [last], true, (sum, e) => sum + e, 0);
      return tabulate(shape, (index) => f(at(exponentials, index), at(sums, moved(index, last, 0))));
    },
  });
}

export const REDUCTIONS: readonly Row[] = [
  reduction('sum', reduceSum, (sum, x) => sum + x, { ofANumber: false }),
  reduction('mean', reduceMean, (sum, x, count) => sum + x / count),
  reduction('sum of squares', reduceSumSquare, (sum, x) => sum + x * x),
  reduction('maximum', reduceMax, (largest, x) => Math.max(largest, x), { start: -Infinity, fill: distinct }),
  alongLast('softmax', softmax, (e, sum) => e / sum),
  alongLast(
    'a logarithm of a sum of exponentials, subtracted',
    (x) => subtract(x, logSumExp(x)),
    (e, sum) => Math.log(e / sum),
  ),
];
