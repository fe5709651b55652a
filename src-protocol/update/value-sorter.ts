import { FloatSorter } from './float-sorter.ts';

interface SortedValues {
  /** Ascending. */
  readonly sorted: Float32Array;
  /** The sum of the values before each, added up in ascending order, and last that of all. */
  readonly sums: Float64Array;
}

/** What the quantiser does with all values of a part. All sorters give the same bits. */
export interface ValueSorter {
  /** @returns the first `count` values in memory that the next call takes again */
  sort(values: Float32Array, count: number): SortedValues;
  /**
   * Finds the cell of each of the values that were sorted last, in the order in which they were given.
   * @param leasts the least value of each cell but the first, ascending
   */
  assign(leasts: readonly number[], codes: Uint8Array): void;
}

/** The sorter that any JavaScript engine can run, and that others are compared with. @param most values that will be sorted at once */
export function createPlainSorter(most: number): ValueSorter {
  const sorter = new FloatSorter(most);
  const sums = new Float64Array(most + 1);
  let given: Float32Array = new Float32Array(0);
  return {
    sort: (values, count) => {
      given = values.subarray(0, count);
      const sorted = sorter.sort(values, count);
      for (let i = 0; i < count; i += 1) sums[i + 1] = (sums[i] ?? 0) + (sorted[i] ?? 0);
      return { sorted, sums };
    },
    assign: (leasts, codes) => {
      codes.fill(0, 0, given.length);
      for (const least of leasts) {
        // One comparison for each cell and no halving: the processor cannot guess on which side a value is.
        for (let i = 0; i < given.length; i += 1) codes[i] = (codes[i] ?? 0) + ((given[i] ?? 0) >= least ? 1 : 0);
      }
    },
  };
}
