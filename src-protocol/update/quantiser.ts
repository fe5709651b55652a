import type { RunSpec } from '../run-spec.ts';

export type QuantiserSpec = Pick<RunSpec['update'], 'bits' | 'quantiser'>;

/** Larger steps are damage or malice (same bound as the reference's check on its scale). */
export const MAX_LEVEL = 1e4;

export interface Quantised {
  /** The value that each code decodes to: 2^bits of them. */
  readonly levels: Float32Array;
  /** How many values have each code. */
  readonly counts: Uint32Array;
}

/** `nearest`: after so many of Lloyd's steps the error falls by less than a thousandth a step. */
const LLOYD_STEPS = 6;
/** `deviation`: the cells span six deviations. */
const RANGE_DEVIATIONS = 6;

/**
 * Sorts values into 2^bits cells; every cell decodes to the mean of what fell into it.
 *
 * - `deviation`: SparseLoCo as subnet 3 runs it (facts: templar compress.py): q = clamp(round((v − μ) ÷ s + n/2), 0, n − 1) with
 *   n = 2^bits, s = 6σ ÷ n. An empty cell decodes to μ.
 * - `nearest`: cells halved at their means, then Lloyd's algorithm (S. Lloyd, "Least squares quantization in PCM", 1982): each
 *   value goes to the nearest mean. At 2 bits it leaves about a third of the other's squared error.
 *
 * @param values the first `count` are read
 * @param codes receives a code for each
 */
export function quantise(spec: QuantiserSpec, values: Float32Array, count: number, codes: Uint8Array): Quantised {
  switch (spec.quantiser) {
    case 'deviation':
      deviationCodes(values, count, codes, 2 ** spec.bits);
      return meansOf(values, count, codes, spec.bits);
    case 'nearest':
      return nearestCodes(values, count, codes, spec.bits);
  }
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

function nearestCodes(values: Float32Array, count: number, codes: Uint8Array, bits: number): Quantised {
  codes.fill(0, 0, count);
  let means = meansOf(values, count, codes, 0);
  for (let depth = 0; depth < bits; depth += 1) {
    const { levels } = means;
    for (let i = 0; i < count; i += 1) {
      const code = codes[i] ?? 0;
      codes[i] = 2 * code + ((values[i] ?? 0) >= (levels[code] ?? 0) ? 1 : 0);
    }
    means = meansOf(values, count, codes, depth + 1, levels);
  }
  for (let step = 0; step < LLOYD_STEPS; step += 1) {
    assignNearest(values, count, codes, means.levels, bits);
    means = meansOf(values, count, codes, bits, means.levels);
  }
  return means;
}

/** The nearest of ascending levels, found by halving; half-way between two the higher wins. */
function assignNearest(
  values: Float32Array,
  count: number,
  codes: Uint8Array,
  levels: Float32Array,
  bits: number,
): void {
  const cells = levels.length;
  const borders = new Float64Array(cells);
  for (let cell = 1; cell < cells; cell += 1) borders[cell] = ((levels[cell - 1] ?? 0) + (levels[cell] ?? 0)) / 2;
  for (let i = 0; i < count; i += 1) {
    const value = values[i] ?? 0;
    let code = 0;
    for (let half = 1 << (bits - 1); half > 0; half >>= 1) if (value >= (borders[code + half] ?? 0)) code += half;
    codes[i] = code;
  }
}

/**
 * The mean of each code's values; a code without values takes that of `before` (as many or half as many levels), or the mean of
 * all. Held within ±MAX_LEVEL: what is larger stays in the error buffer.
 */
function meansOf(
  values: Float32Array,
  count: number,
  codes: Uint8Array,
  bits: number,
  before?: Float32Array,
): Quantised {
  const cells = 2 ** bits;
  const sums = new Float64Array(cells);
  const counts = new Uint32Array(cells);
  for (let i = 0; i < count; i += 1) {
    const code = codes[i] ?? 0;
    sums[code] = (sums[code] ?? 0) + (values[i] ?? 0);
    counts[code] = (counts[code] ?? 0) + 1;
  }
  const all = before === undefined ? meanOf(values, count) : 0;
  const levels = Float32Array.from(sums, (sum, code) => {
    const members = counts[code] ?? 0;
    const fallback = before === undefined ? all : (before[before.length === cells ? code : code >> 1] ?? 0);
    const mean = members === 0 ? fallback : sum / members;
    return Math.min(MAX_LEVEL, Math.max(-MAX_LEVEL, mean));
  });
  return { levels, counts };
}

function meanOf(values: Float32Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i += 1) sum += values[i] ?? 0;
  return count === 0 ? 0 : sum / count;
}
