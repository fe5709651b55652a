import { gather, gatherElements, scatterAdd } from '#worker/graph/operators/selection.ts';
import type { Shape } from '#worker/graph/value.ts';
import type { RandomSource } from '../random-source.ts';
import { integersOf, row, tensor, uniform, type Row } from '../row.ts';
import { at, moved, tabulate } from '../tensor.ts';

interface Lookup {
  readonly table: Shape;
  readonly indices: Shape;
  readonly type: 'int32' | 'int64';
}

/** `count` elements along one axis of a tensor. */
interface Selection {
  readonly shape: Shape;
  readonly axis: number;
  readonly count: number;
}

const SELECTIONS: readonly Selection[] = [
  { shape: [1], axis: 0, count: 1 },
  { shape: [7], axis: 0, count: 3 },
  { shape: [3, 4], axis: 1, count: 1 },
  { shape: [3, 2], axis: -2, count: 5 },
  { shape: [65_537, 3], axis: 1, count: 1 },
  { shape: [5, 3], axis: 0, count: 21_847 },
];

function randomSelection(source: RandomSource): Selection {
  const shape = source.shape({ from: 1 });
  const axis = source.integer(0, shape.length - 1);
  return { shape, axis: source.pick([axis, axis - shape.length]), count: source.integer(1, 4) };
}

const axisOf = ({ shape, axis }: Selection): number => (axis < 0 ? axis + shape.length : axis);

/** The shape of indices and updates, and what picks the indices. */
function indexed(selection: Selection): readonly [Shape, ReturnType<typeof integersOf>] {
  const axis = axisOf(selection);
  return [moved(selection.shape, axis, selection.count), integersOf(0, selection.shape[axis]! - 1)];
}

export const SELECTION: readonly Row[] = [
  row<Lookup>('gather', {
    edges: [
      { table: [1], indices: [], type: 'int32' },
      { table: [1, 1], indices: [1], type: 'int64' },
      { table: [4, 3], indices: [7], type: 'int32' },
      { table: [3], indices: [5, 1], type: 'int64' },
      { table: [65_537, 3], indices: [5], type: 'int32' },
      { table: [3, 5], indices: [13_109], type: 'int32' },
    ],
    random: (source) => {
      return {
        table: source.shape({ from: 1, to: 3 }),
        indices: source.shape({ to: 2 }),
        type: source.pick(['int32', 'int64']),
      };
    },
    inputs: ({ table, indices, type }, source) => [
      tensor(table, uniform, source),
      tensor(indices, integersOf(0, table[0]! - 1), source, type),
    ],
    build: () => (table, indices) => gather(table, indices),
    reference: () => (table, indices) => {
      const rank = indices.shape.length;
      return tabulate([...indices.shape, ...table.shape.slice(1)], (index) =>
        at(table, [at(indices, index.slice(0, rank)), ...index.slice(rank)]),
      );
    },
  }),
  row<Selection>('gather elements', {
    edges: SELECTIONS,
    random: randomSelection,
    inputs: (selection, source) => {
      const [shape, indices] = indexed(selection);
      return [tensor(selection.shape, uniform, source), tensor(shape, indices, source, 'int64')];
    },
    build:
      ({ axis }) =>
      (data, indices) =>
        gatherElements(data, indices, axis),
    reference: (selection) => (data, indices) =>
      tabulate(indices.shape, (index) => at(data, moved(index, axisOf(selection), at(indices, index)))),
  }),
  row<Selection>('scatter', {
    edges: SELECTIONS,
    random: randomSelection,
    inputs: (selection, source) => {
      const [shape, indices] = indexed(selection);
      return [
        tensor(selection.shape, uniform, source),
        tensor(shape, indices, source, 'int32'),
        tensor(shape, uniform, source),
      ];
    },
    build:
      ({ axis }) =>
      (data, indices, updates) =>
        scatterAdd(data, indices, updates, axis),
    reference: (selection) => (data, indices, updates) => {
      const sums = new Map<string, number>();
      tabulate(indices.shape, (index) => {
        const key = moved(index, axisOf(selection), at(indices, index)).join();
        sums.set(key, (sums.get(key) ?? 0) + at(updates, index));
        return 0;
      });
      return tabulate(data.shape, (index) => at(data, index) + (sums.get(index.join()) ?? 0));
    },
  }),
];
