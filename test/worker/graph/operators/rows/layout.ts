import { elementCount } from '#protocol/model-shape.ts';
import { multiply } from '#worker/graph/operators/arithmetic.ts';
import { expand, reshape, transpose, transposeLast } from '#worker/graph/operators/layout.ts';
import { concat, halve, slice, split } from '#worker/graph/operators/pieces.ts';
import type { Shape } from '#worker/graph/value.ts';
import type { RandomSource } from '../random-source.ts';
import { row, tensor, uniform, type Row } from '../row.ts';
import { at, moved, tabulate, type TestTensor } from '../tensor.ts';

interface Transposition {
  readonly shape: Shape;
  readonly order: readonly number[];
}

const transposed = (x: TestTensor, order: readonly number[]): TestTensor =>
  tabulate(
    order.map((axis) => x.shape[axis]!),
    (index) =>
      at(
        x,
        order.map((_, axis) => index[order.indexOf(axis)]!),
      ),
  );

const swapLast = (rank: number): readonly number[] => [...Array(rank - 2).keys(), rank - 1, rank - 2];

const TRANSPOSITIONS: readonly Transposition[] = [
  { shape: [1, 1], order: [1, 0] },
  { shape: [3, 5], order: [1, 0] },
  { shape: [2, 3, 4], order: [2, 0, 1] },
  { shape: [257, 257], order: [1, 0] },
  { shape: [3, 7, 3_121], order: [1, 2, 0] },
];

const randomTransposition = (source: RandomSource): Transposition => {
  const shape = source.shape({ from: 2 });
  return { shape, order: source.order(shape.length) };
};

const transposeRow = (
  title: string,
  more: Pick<Parameters<typeof row<Transposition>>[1], 'build' | 'reference'>,
): Row =>
  row<Transposition>(title, {
    edges: TRANSPOSITIONS,
    random: randomTransposition,
    inputs: ({ shape }, source) => [tensor(shape, uniform, source)],
    ...more,
  });

/** A tensor along one axis, cut into pieces. */
interface Pieces {
  readonly shape: Shape;
  readonly axis: number;
  readonly sizes: readonly number[];
}

const PIECES: readonly Pieces[] = [
  { shape: [2], axis: 0, sizes: [1, 1] },
  { shape: [5, 2], axis: 0, sizes: [2, 3] },
  { shape: [3, 7], axis: -1, sizes: [1, 5, 1] },
  { shape: [65_537], axis: 0, sizes: [1, 65_536] },
  { shape: [3, 21_847], axis: 1, sizes: [7, 21_840] },
];

function randomPieces(source: RandomSource): Pieces {
  const shape = source.shape({ from: 1 });
  const axis = source.integer(0, shape.length - 1);
  const sizes = Array.from({ length: source.integer(2, 4) }, () => source.integer(1, 4));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return { shape: moved(shape, axis, total), axis: source.pick([axis, axis - shape.length]), sizes };
}

const axisOf = ({ shape, axis }: { readonly shape: Shape; readonly axis: number }): number =>
  axis < 0 ? axis + shape.length : axis;

/** Where each piece begins. */
const starts = (sizes: readonly number[]): readonly number[] =>
  sizes.map((_, index) => sizes.slice(0, index).reduce((sum, size) => sum + size, 0));

const cut = (x: TestTensor, axis: number, start: number, size: number): TestTensor =>
  tabulate(moved(x.shape, axis, size), (index) => at(x, moved(index, axis, index[axis]! + start)));

function joined(parts: readonly TestTensor[], axis: number): TestTensor {
  const sizes = parts.map(({ shape }) => shape[axis]!);
  const begins = starts(sizes);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return tabulate(moved(parts[0]!.shape, axis, total), (index) => {
    const part = begins.findLastIndex((start) => start <= index[axis]!);
    return at(parts[part]!, moved(index, axis, index[axis]! - begins[part]!));
  });
}

interface Range {
  readonly shape: Shape;
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

interface Target {
  readonly shape: Shape;
  readonly to: Shape;
}

export const LAYOUT: readonly Row[] = [
  transposeRow('transpose', {
    build:
      ({ order }) =>
      (x) =>
        transpose(x, order),
    reference:
      ({ order }) =>
      (x) =>
        transposed(x, order),
  }),
  transposeRow('transpose of a transpose', {
    build:
      ({ order }) =>
      (x) =>
        transpose(transposeLast(x), order),
    reference:
      ({ order }) =>
      (x) =>
        transposed(transposed(x, swapLast(x.shape.length)), order),
  }),
  row<Target>('reshape', {
    edges: [
      { shape: [], to: [1, 1] },
      { shape: [1], to: [] },
      { shape: [3, 5], to: [15] },
      { shape: [2, 6], to: [3, 4] },
      { shape: [65_537], to: [65_537, 1] },
      { shape: [257, 257], to: [66_049] },
    ],
    random: (source) => {
      const shape = source.shape();
      return { shape, to: source.pick([shape.toReversed(), [elementCount(shape)], [1, ...shape, 1]]) };
    },
    inputs: ({ shape }, source) => [tensor(shape, uniform, source)],
    build:
      ({ to }) =>
      (x) =>
        reshape(reshape(x, [1, ...x.shape]), to),
    reference:
      ({ to }) =>
      (x) => ({ ...x, shape: to }),
  }),
  row<Target>('expand', {
    edges: [
      { shape: [], to: [1] },
      { shape: [], to: [3, 5] },
      { shape: [1], to: [7] },
      { shape: [2, 1, 3], to: [4, 2, 5, 3] },
      { shape: [], to: [65_537] },
      { shape: [257, 1], to: [257, 257] },
    ],
    random: (source) => {
      const to = source.shape({ from: 1 });
      const shape = to.map((extent) => source.pick([1, extent])).slice(source.integer(0, to.length));
      return { shape, to };
    },
    inputs: ({ shape }, source) => [tensor(shape, uniform, source)],
    build:
      ({ to }) =>
      (x) =>
        expand(x, to),
    reference:
      ({ to }) =>
      (x) =>
        tabulate(to, (index) => at(x, index)),
  }),
  row<Pieces>('concat', {
    edges: PIECES,
    random: randomPieces,
    inputs: (pieces, source) =>
      pieces.sizes.map((size) => tensor(moved(pieces.shape, axisOf(pieces), size), uniform, source)),
    build:
      ({ axis }) =>
      (...parts) =>
        concat(parts, axis),
    reference:
      (pieces) =>
      (...parts) =>
        joined(parts, axisOf(pieces)),
  }),
  row<Pieces>('one part of a split', {
    edges: PIECES,
    random: randomPieces,
    inputs: ({ shape }, source) => [tensor(shape, uniform, source)],
    build:
      ({ axis, sizes }) =>
      (x) =>
        split(x, axis, sizes)[1]!,
    reference: (pieces) => (x) => cut(x, axisOf(pieces), pieces.sizes[0]!, pieces.sizes[1]!),
  }),
  row<Pieces>('all parts of a split, in another order', {
    edges: PIECES,
    random: randomPieces,
    inputs: ({ shape }, source) => [tensor(shape, uniform, source)],
    build:
      ({ axis, sizes }) =>
      (x) =>
        concat(split(x, axis, sizes).toReversed(), axis),
    reference: (pieces) => (x) => {
      const axis = axisOf(pieces);
      const begins = starts(pieces.sizes);
      return joined(pieces.sizes.map((size, part) => cut(x, axis, begins[part]!, size)).toReversed(), axis);
    },
  }),
  row<{ readonly shape: Shape; readonly axis: number }>('the product of both halves', {
    edges: [
      { shape: [2], axis: 0 },
      { shape: [3, 4], axis: -1 },
      { shape: [131_074], axis: 0 },
    ],
    random: (source) => {
      const shape = source.shape({ from: 1, to: 3 });
      const axis = source.integer(0, shape.length - 1);
      return { shape: moved(shape, axis, 2 * shape[axis]!), axis };
    },
    inputs: ({ shape }, source) => [tensor(shape, uniform, source)],
    build:
      ({ axis }) =>
      (x) =>
        multiply(...halve(x, axis)),
    reference: (whole) => (x) => {
      const axis = axisOf(whole);
      const half = x.shape[axis]! / 2;
      return tabulate(
        moved(x.shape, axis, half),
        (index) => at(x, index) * at(x, moved(index, axis, index[axis]! + half)),
      );
    },
  }),
  row<Range>('slice', {
    edges: [
      { shape: [1], axis: 0, start: 0, end: 1 },
      { shape: [2, 5], axis: 1, start: 1, end: 3 },
      { shape: [4, 3], axis: -2, start: 3, end: 4 },
      { shape: [65_539], axis: 0, start: 1, end: 65_538 },
      { shape: [7, 13_109], axis: 0, start: 2, end: 7 },
    ],
    random: (source) => {
      const shape = source.shape({ from: 1 });
      const axis = source.integer(0, shape.length - 1);
      const end = source.integer(1, shape[axis]!);
      return { shape, axis, start: source.integer(0, end - 1), end };
    },
    inputs: ({ shape }, source) => [tensor(shape, uniform, source)],
    build:
      ({ axis, start, end }) =>
      (x) =>
        slice(x, axis, start, end),
    reference: (range) => (x) => cut(x, axisOf(range), range.start, range.end - range.start),
  }),
];
