import { divide, type Fixed, multiply, ONE, sum } from '../fixed32.ts';

export interface Cell {
  readonly column: number;
  readonly value: Fixed;
}

/** Sparse, one row for each uid: row i is what i says of others. A column occurs at most once in a row. */
export type Matrix = readonly (readonly Cell[])[];

export const keepCells = (matrix: Matrix, keep: (row: number, column: number) => boolean): Matrix =>
  matrix.map((cells, row) => cells.filter(({ column }) => keep(row, column)));

const mapCells = (matrix: Matrix, change: (value: Fixed, row: number, column: number) => Fixed): Matrix =>
  matrix.map((cells, row) => cells.map(({ column, value }): Cell => ({ column, value: change(value, row, column) })));

export const rowSums = (matrix: Matrix): readonly Fixed[] =>
  matrix.map((cells) => sum(cells.map(({ value }) => value)));

/** Each row divided by its sum. */
export function normaliseRows(matrix: Matrix): Matrix {
  const sums = rowSums(matrix);
  return mapCells(matrix, (value, row) => divide(value, sums[row] ?? 0n));
}

/** Each column divided by its sum. */
export function normaliseColumns(matrix: Matrix): Matrix {
  const sums = foldColumns(matrix, (total, value) => total + value);
  return mapCells(matrix, (value, _row, column) => divide(value, sums[column] ?? 0n));
}

/** Each column divided by its largest value. */
export function upscaleColumns(matrix: Matrix): Matrix {
  const largest = foldColumns(matrix, (most, value) => (value > most ? value : most));
  return mapCells(matrix, (value, _row, column) => divide(value, largest[column] ?? 0n));
}

function foldColumns(matrix: Matrix, fold: (soFar: Fixed, value: Fixed) => Fixed): readonly Fixed[] {
  const folded = matrix.map(() => 0n);
  for (const { column, value } of matrix.flat()) folded[column] = fold(folded[column] ?? 0n, value);
  return folded;
}

/** Row i times factor i. */
export const scaleRows = (matrix: Matrix, factors: readonly Fixed[]): Matrix =>
  mapCells(matrix, (value, row) => multiply(value, factors[row] ?? 0n));

/** Σ over rows i of factor i × m_ij, for each column j. */
export const weighColumns = (matrix: Matrix, factors: readonly Fixed[]): readonly Fixed[] =>
  foldColumns(scaleRows(matrix, factors), (total, value) => total + value);

/** Σ over columns j of factor j × m_ij, for each row i. */
export const weighRows = (matrix: Matrix, factors: readonly Fixed[]): readonly Fixed[] =>
  rowSums(mapCells(matrix, (value, _row, column) => multiply(value, factors[column] ?? 0n)));

/** share × newer + (1 − share) × older, cell by cell, without cells that are 0. */
export const blend = (newer: Matrix, older: Matrix, share: Fixed): Matrix =>
  combine(newer, older, (a, b) => multiply(share, a) + multiply(ONE - share, b));

/** from + share × (to − from), cell by cell, without cells that are 0. */
export const interpolate = (from: Matrix, to: Matrix, share: Fixed): Matrix =>
  combine(from, to, (a, b) => a + multiply(share, b - a));

function combine(first: Matrix, second: Matrix, rule: (a: Fixed, b: Fixed) => Fixed): Matrix {
  return first.map((cells, row): readonly Cell[] => {
    const a = new Map(cells.map(({ column, value }) => [column, value]));
    const b = new Map(second[row]?.map(({ column, value }) => [column, value]));
    return [...new Set([...a.keys(), ...b.keys()])]
      .sort((left, right) => left - right)
      .map((column): Cell => ({ column, value: rule(a.get(column) ?? 0n, b.get(column) ?? 0n) }))
      .filter(({ value }) => value > 0n);
  });
}
