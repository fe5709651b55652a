/**
 * Magnitudes are compared as the bits of a float32 without its sign: for numbers that are not NaN that is the same order.
 * Three digits of 11, 10 and 10 bits.
 */
const MAGNITUDE = 0x7fffffff;
const HIGH = 20;
const MIDDLE = 10;
const DIGIT = 1023;

/** Finds the largest magnitudes of a chunk by radix: time does not depend on the values, and no chunk is sorted. */
export class TopKSelector {
  readonly #high = new Uint32Array(2048);
  readonly #low = new Uint32Array(1024);
  readonly #candidates: Uint16Array;

  /** @param chunkSize at most 65,536 */
  constructor(chunkSize: number) {
    this.#candidates = new Uint16Array(chunkSize);
  }

  /**
   * Writes the places, from 0 and ascending, of the `keep` largest magnitudes among the `length` values from `start` on.
   * Equal magnitudes: the lower place wins, so that the same input gives the same bytes on every machine.
   *
   * @param bits the float32 values as unsigned integers
   * @param places receives the places from index `at` on
   */
  select(bits: Uint32Array, start: number, length: number, keep: number, places: Uint16Array, at: number): void {
    const high = this.#high.fill(0);
    for (let i = start; i < start + length; i += 1) {
      const digit = ((bits[i] ?? 0) & MAGNITUDE) >>> HIGH;
      high[digit] = (high[digit] ?? 0) + 1;
    }
    let digit = high.length - 1;
    let above = 0;
    for (; above + (high[digit] ?? 0) < keep; digit -= 1) above += high[digit] ?? 0;

    const candidates = this.#candidates;
    let found = 0;
    const least = digit << HIGH;
    for (let i = 0; i < length; i += 1) {
      if (((bits[start + i] ?? 0) & MAGNITUDE) >= least) {
        candidates[found] = i;
        found += 1;
      }
    }
    // The magnitude of the last that is kept, digit by digit; `spare` is how many of equal magnitude are kept.
    let threshold = least;
    let spare = keep - above;
    if (spare < (high[digit] ?? 0)) {
      [threshold, spare] = this.#refine(bits, start, found, threshold, spare, MIDDLE);
      [threshold, spare] = this.#refine(bits, start, found, threshold, spare, 0);
    } else {
      threshold -= 1; // all of them: everything is above
    }
    let written = at;
    for (let c = 0; c < found; c += 1) {
      const place = candidates[c] ?? 0;
      const magnitude = (bits[start + place] ?? 0) & MAGNITUDE;
      if (magnitude > threshold || (magnitude === threshold && spare-- > 0)) {
        places[written] = place;
        written += 1;
      }
    }
  }

  /** Finds the next digit of the threshold among candidates that share the digits before it. */
  #refine(
    bits: Uint32Array,
    start: number,
    found: number,
    prefix: number,
    keep: number,
    shift: number,
  ): readonly [number, number] {
    const counts = this.#low.fill(0);
    const known = prefix >>> (shift + 10);
    for (let c = 0; c < found; c += 1) {
      const magnitude = (bits[start + (this.#candidates[c] ?? 0)] ?? 0) & MAGNITUDE;
      if (magnitude >>> (shift + 10) !== known) continue;
      const digit = (magnitude >>> shift) & DIGIT;
      counts[digit] = (counts[digit] ?? 0) + 1;
    }
    let digit = DIGIT;
    let above = 0;
    for (; above + (counts[digit] ?? 0) < keep; digit -= 1) above += counts[digit] ?? 0;
    return [prefix | (digit << shift), keep - above];
  }
}
