import { matMul } from '#worker/graph/operators/matmul.ts';
import type { Shape } from '#worker/graph/value.ts';
import type { RandomSource } from '../random-source.ts';
import { row, tensor, uniform, type Row } from '../row.ts';
import { at, broadcast, tabulate } from '../tensor.ts';

interface Product {
  /** The axes before the last two. */
  readonly batchA: Shape;
  readonly batchB: Shape;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const product = (batchA: Shape, batchB: Shape, [rows, inner, columns]: readonly [number, number, number]): Product => {
  return { batchA, batchB, rows, inner, columns, transposeA: false, transposeB: false };
};

type Ways = Pick<Product, 'transposeA' | 'transposeB'>;

const WAYS: readonly [Ways, ...Ways[]] = [
  { transposeA: false, transposeB: false },
  { transposeA: true, transposeB: false },
  { transposeA: false, transposeB: true },
  { transposeA: true, transposeB: true },
];

const everyWay = (one: Product): readonly Product[] => WAYS.map((way) => ({ ...one, ...way }));

function productRow(title: string, edges: readonly Product[], batches: (source: RandomSource) => [Shape, Shape]): Row {
  return row<Product>(title, {
    edges,
    random: (source) => {
      const extent = (): number => source.integer(1, 5);
      return { ...product(...batches(source), [extent(), extent(), extent()]), ...source.pick(WAYS) };
    },
    inputs: ({ batchA, batchB, rows, inner, columns, transposeA, transposeB }, source) => [
      tensor([...batchA, ...(transposeA ? [inner, rows] : [rows, inner])], uniform, source),
      tensor([...batchB, ...(transposeB ? [columns, inner] : [inner, columns])], uniform, source),
    ],
    build:
      ({ transposeA, transposeB }) =>
      (a, b) =>
        matMul(a, b, { transposeA, transposeB }),
    reference:
      ({ batchA, batchB, rows, inner, columns, transposeA, transposeB }) =>
      (a, b) =>
        tabulate([...broadcast(batchA, batchB), rows, columns], (index) => {
          const batch = index.slice(0, -2);
          const [i = 0, j = 0] = index.slice(-2);
          let sum = 0;
          for (let k = 0; k < inner; k++) {
            // With extents of 1 a swapped index would not be noticed here, but it would in the other cases.
            const left = at(a, [...batch, ...(transposeA ? [k, i] : [i, k])]);
            sum += left * at(b, [...batch, ...(transposeB ? [j, k] : [k, j])]);
          }
          return sum;
        }),
  });
}

export const PRODUCTS: readonly Row[] = [
  productRow(
    'product of matrices',
    [
      product([], [], [1, 1, 1]),
      ...everyWay(product([], [], [2, 3, 4])),
      ...everyWay(product([], [], [257, 3, 257])),
      product([], [], [1, 65_537, 1]),
    ],
    () => [[], []],
  ),
  productRow(
    'product of batches',
    [
      product([1], [1], [1, 1, 1]),
      ...everyWay(product([2], [2], [2, 3, 4])),
      product([2, 1], [3], [2, 3, 2]),
      product([2], [], [2, 3, 1]),
      product([], [3], [1, 3, 2]),
      product([2, 3], [2, 3], [1, 5, 3]),
      ...everyWay(product([9], [9], [91, 2, 91])),
      product([65_537], [1], [1, 1, 1]),
    ],
    (source) => {
      const batch = source.shape({ from: 1, to: 2 }).map((extent) => Math.min(extent, 3));
      const part = batch.map((extent) => source.pick([1, extent])).slice(source.integer(0, batch.length));
      return source.pick<[Shape, Shape]>([
        [batch, batch],
        [batch, part],
        [part, batch],
      ]);
    },
  ),
];
