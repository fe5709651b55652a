/**
 * The 2-bit quantiser of SparseLoCo as subnet 3 runs it (facts: templar compress.py): four bins around the mean, each decoded
 * to the mean of what fell into it.
 */
export interface Quantised {
  /** The value that each of the four codes decodes to. */
  readonly levels: Float32Array;
  /** One code 0…3 for each value. */
  readonly codes: Uint8Array;
}

export const LEVELS = 4;
/** The bins span six deviations. */
const RANGE_DEVIATIONS = 6;

export function quantise(values: Float32Array): Quantised {
  const count = values.length;
  let sum = 0;
  for (const value of values) sum += value;
  const mean = count === 0 ? 0 : sum / count;
  let squares = 0;
  for (const value of values) squares += (value - mean) * (value - mean);
  const deviation = count > 1 ? Math.sqrt(squares / (count - 1)) : 0;
  const binWidth = (RANGE_DEVIATIONS * deviation) / LEVELS;

  const codes = new Uint8Array(count);
  const binSums = new Float64Array(LEVELS);
  const binCounts = new Uint32Array(LEVELS);
  for (let i = 0; i < count; i += 1) {
    const offset = (values[i] ?? 0) - mean;
    const code = binWidth === 0 ? 2 : Math.min(3, Math.max(0, Math.round(offset / binWidth + 2)));
    codes[i] = code;
    binSums[code] = (binSums[code] ?? 0) + offset;
    binCounts[code] = (binCounts[code] ?? 0) + 1;
  }
  const levels = Float32Array.from(binSums, (binSum, code) => {
    const members = binCounts[code] ?? 0;
    return mean + (members === 0 ? 0 : binSum / members);
  });
  return { levels, codes };
}
