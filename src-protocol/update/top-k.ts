/** Magnitudes are compared as the bits of a float32 without its sign: for numbers that are not NaN that is the same order. */
const MAGNITUDE = 0x7fffffff;
/** Of so many values one is looked at to guess which may be among the largest. */
const STRIDE = 16;
/** Magnitudes are told apart by so many bits at a time. */
const DIGIT_BITS = 8;

/**
 * Finds the largest magnitudes of a chunk exactly. A sample of the values gives a bound above which there are about twice as many
 * as are wanted; one pass finds these, and only they are compared closely. No chunk is sorted. A sample that misleads costs a
 * second pass and nothing else.
 */
export class TopKSelector {
  readonly #counts = new Uint32Array(1 << DIGIT_BITS);
  readonly #candidates: Uint16Array;
  readonly #sample: Uint32Array;

  /** @param chunkSize at most 65,536 */
  constructor(chunkSize: number) {
    this.#candidates = new Uint16Array(chunkSize);
    this.#sample = new Uint32Array(Math.ceil(chunkSize / STRIDE));
  }

  /**
   * Writes the places, from 0 and ascending, of the `keep` largest magnitudes among the `length` values from `start` on.
   * Equal magnitudes: the lower place wins, so that the same input gives the same bytes on every machine.
   *
   * @param bits the float32 values as unsigned integers
   * @param places receives the places from index `at` on
   */
  select(bits: Uint32Array, start: number, length: number, keep: number, places: Uint16Array, at: number): void {
    const guess = this.#guess(bits, start, length, keep);
    let found = this.#find(bits, start, length, guess);
    if (found < keep) found = this.#find(bits, start, length, 0);
    const candidates = this.#candidates;
    const [threshold, equal] = this.#threshold(bits, start, found, keep);
    let spare = equal;
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

  /** A magnitude that probably at least `keep` values reach. */
  #guess(bits: Uint32Array, start: number, length: number, keep: number): number {
    const expected = keep / STRIDE;
    // Three deviations more than expected: one of some hundred samples misleads.
    const wanted = Math.ceil(expected + 3 * Math.sqrt(expected));
    if (STRIDE * wanted > length / 2) return 0;
    const largest = this.#sample; // ascending
    let count = 0;
    let least = 0;
    for (let i = start; i < start + length; i += STRIDE) {
      const magnitude = (bits[i] ?? 0) & MAGNITUDE;
      if (count === wanted && magnitude <= least) continue;
      let slot = 0;
      if (count < wanted) {
        for (slot = count; slot > 0 && (largest[slot - 1] ?? 0) > magnitude; slot -= 1) {
          largest[slot] = largest[slot - 1] ?? 0;
        }
        count += 1;
      } else {
        for (; slot + 1 < count && (largest[slot + 1] ?? 0) < magnitude; slot += 1) {
          largest[slot] = largest[slot + 1] ?? 0;
        }
      }
      largest[slot] = magnitude;
      least = largest[0] ?? 0;
    }
    return least;
  }

  /** Lists the places of all magnitudes from `least` on. @returns their number */
  #find(bits: Uint32Array, start: number, length: number, least: number): number {
    const candidates = this.#candidates;
    let found = 0;
    for (let i = 0; i < length; i += 1) {
      if (((bits[start + i] ?? 0) & MAGNITUDE) >= least) {
        candidates[found] = i;
        found += 1;
      }
    }
    return found;
  }

  /** The magnitude of the last candidate that is kept, and how many of exactly that magnitude are kept. */
  #threshold(bits: Uint32Array, start: number, found: number, keep: number): readonly [number, number] {
    const candidates = this.#candidates;
    const counts = this.#counts;
    let least = MAGNITUDE;
    let most = 0;
    for (let c = 0; c < found; c += 1) {
      const magnitude = (bits[start + (candidates[c] ?? 0)] ?? 0) & MAGNITUDE;
      if (magnitude < least) least = magnitude;
      if (magnitude > most) most = magnitude;
    }
    // The threshold lies in `least` … `least + range`; `spare` of what lies there are kept, and all above.
    let range = most - least;
    let spare = keep;
    while (range > 0) {
      const shift = Math.max(0, WORD_BITS - Math.clz32(range) - DIGIT_BITS);
      counts.fill(0);
      for (let c = 0; c < found; c += 1) {
        const above = ((bits[start + (candidates[c] ?? 0)] ?? 0) & MAGNITUDE) - least;
        if (above < 0 || above > range) continue;
        const digit = above >>> shift;
        counts[digit] = (counts[digit] ?? 0) + 1;
      }
      let digit = range >>> shift;
      for (; (counts[digit] ?? 0) < spare; digit -= 1) spare -= counts[digit] ?? 0;
      least += digit * 2 ** shift;
      range = 2 ** shift - 1;
      // All of them: their least is as good a threshold as any below it.
      if (counts[digit] === spare) return [least - 1, 0];
    }
    return [least, spare];
  }
}

const WORD_BITS = 32;
