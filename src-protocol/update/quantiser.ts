import type { RunSpec } from '../run-spec.ts';
import type { ValueSorter } from './value-sorter.ts';

export type QuantiserSpec = Pick<RunSpec['update'], 'bits' | 'quantiser'>;

/** Larger steps are damage or malice (same bound as the reference's check on its scale). */
export const MAX_LEVEL = 1e4;

/** `nearest`: most of Lloyd's steps; after about ten the error falls by less than a thousandth a step. */
const LLOYD_STEPS = 16;
/** `deviation`: the cells span six deviations. */
const RANGE_DEVIATIONS = 6;

/**
 * Sorts values into 2^bits cells; every cell decodes to the mean of what fell into it.
 *
 * - `deviation`: SparseLoCo as subnet 3 runs it (facts: templar compress.py): q = clamp(round((v − μ) ÷ s + n/2), 0, n − 1) with
 *   n = 2^bits, s = 6σ ÷ n. An empty cell decodes to μ.
 * - `nearest`: cells halved at their means, then Lloyd's algorithm (S. Lloyd, "Least squares quantization in PCM", 1982): each
 *   value goes to the nearest mean. At 2 bits it leaves about a third of the other's squared error.
 */
export class Quantiser {
  readonly #spec: QuantiserSpec;
  readonly #sorter: ValueSorter;

  /** @param sorter for `nearest`; made for as many values as will be quantised at once */
  constructor(spec: QuantiserSpec, sorter: ValueSorter) {
    this.#spec = spec;
    this.#sorter = sorter;
  }

  /**
   * @param values the first `count` are read
   * @param codes receives a code for each
   * @returns the value that each code decodes to: 2^bits of them
   */
  quantise(values: Float32Array, count: number, codes: Uint8Array): Float32Array {
    const { bits, quantiser } = this.#spec;
    switch (quantiser) {
      case 'deviation':
        deviationCodes(values, count, codes, 2 ** bits);
        return meansOf(values, count, codes, 2 ** bits);
      case 'nearest':
        return this.#nearest(values, count, codes);
    }
  }

  /** Of sorted values a cell is a range, and its sum the difference of two sums: no step goes through the values. */
  #nearest(values: Float32Array, count: number, codes: Uint8Array): Float32Array {
    const { sorted, sums } = this.#sorter.sort(values, count);

    const meanOf = (start: number, end: number, before: number): number => {
      if (start === end) return before;
      const mean = ((sums[end] ?? 0) - (sums[start] ?? 0)) / (end - start);
      // The difference of large sums may be off by more than a cell is wide.
      return Math.fround(clamp(clamp(mean, sorted[start] ?? 0, sorted[end - 1] ?? 0), -MAX_LEVEL, MAX_LEVEL));
    };

    let starts = [0, count];
    let levels = [meanOf(0, count, 0)];
    const meansFrom = (before: (cell: number) => number): number[] =>
      starts.slice(1).map((end, cell) => meanOf(starts[cell] ?? 0, end, before(cell)));
    for (let depth = 0; depth < this.#spec.bits; depth += 1) {
      const halved = levels;
      starts = starts.flatMap((start, cell) => {
        const end = starts[cell + 1];
        return end === undefined ? [start] : [start, firstFrom(sorted, start, end, halved[cell] ?? 0)];
      });
      levels = meansFrom((cell) => halved[cell >> 1] ?? 0);
    }
    for (let step = 0; step < LLOYD_STEPS; step += 1) {
      const means = levels;
      starts = starts.map((start, cell) => {
        if (cell === 0 || cell === means.length) return start;
        return firstFrom(sorted, 0, count, ((means[cell - 1] ?? 0) + (means[cell] ?? 0)) / 2);
      });
      levels = meansFrom((cell) => means[cell] ?? 0);
      if (levels.every((level, cell) => level === means[cell])) break;
    }
    const leasts = starts.slice(1, -1).map((start) => (start < count ? (sorted[start] ?? 0) : Infinity));
    this.#sorter.assign(leasts, codes);
    return Float32Array.from(levels);
  }
}

/** The index in `start` … `end` of the first of ascending values that is not below `least`. */
function firstFrom(sorted: Float32Array, start: number, end: number, least: number): number {
  let [low, high] = [start, end];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

function deviationCodes(values: Float32Array, count: number, codes: Uint8Array, cells: number): void {
  const mean = meanOf(values, count);
  let squares = 0;
  for (let i = 0; i < count; i += 1) {
    const offset = (values[i] ?? 0) - mean;
    squares += offset * offset;
  }
  const deviation = count > 1 ? Math.sqrt(squares / (count - 1)) : 0;
  const width = (RANGE_DEVIATIONS * deviation) / cells;
  for (let i = 0; i < count; i += 1) {
    const offset = (values[i] ?? 0) - mean;
    codes[i] = width === 0 ? cells / 2 : Math.min(cells - 1, Math.max(0, Math.round(offset / width + cells / 2)));
  }
}

/** The mean of each code's values, held within ±MAX_LEVEL; a code without values takes the mean of all. */
function meansOf(values: Float32Array, count: number, codes: Uint8Array, cells: number): Float32Array {
  const sums = new Float64Array(cells);
  const counts = new Uint32Array(cells);
  for (let i = 0; i < count; i += 1) {
    const code = codes[i] ?? 0;
    sums[code] = (sums[code] ?? 0) + (values[i] ?? 0);
    counts[code] = (counts[code] ?? 0) + 1;
  }
  const all = meanOf(values, count);
  return Float32Array.from(sums, (sum, code) => {
    const members = counts[code] ?? 0;
    return clamp(members === 0 ? all : sum / members, -MAX_LEVEL, MAX_LEVEL);
  });
}

function meanOf(values: Float32Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i += 1) sum += values[i] ?? 0;
  return count === 0 ? 0 : sum / count;
}

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));
