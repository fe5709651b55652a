import { ProtocolError } from '../errors.ts';
import { keptInChunk } from './chunks.ts';
import { checkOnes, checkSquares, openPart, type PartHeader } from './part-header.ts';
import type { PartSpec } from './part-size.ts';
import type { SparseTensor } from './sparse-tensor.ts';

/** Bits that are looked at together. */
const WORD = 32;
const HIGHEST_BIT = 0x80000000;

/**
 * Reads a part whose bytes a stranger made, some chunks at a time, so that nobody needs to hold a decoded part. Every limit comes
 * from the run. Only once `finish` has returned is it certain that the bytes are exactly those of a part.
 */
export class PartReader {
  readonly #bytes: Uint8Array;
  readonly #length: number;
  readonly #spec: PartSpec;
  readonly #header: PartHeader;
  /** First value of the next chunk. */
  #start = 0;
  #squares = 0;
  /** The next byte of the fields, and the bits before it that are not used yet: the low `#held` of `#window`. */
  #next: number;
  #window = 0;
  #held = 0;
  /** What is left of the word of the highs that is looked at, and where in the highs it begins. */
  #highs = 0;
  #wordAt = -WORD;
  /** Where in the highs the last one was. */
  #last = -1;

  /**
   * @param length values that the part stands for
   * @throws ProtocolError
   */
  constructor(bytes: Uint8Array, length: number, spec: PartSpec) {
    this.#header = openPart(bytes, length, spec);
    checkOnes(countOnes(bytes, this.#header.highsAt), this.#header);
    this.#next = this.#header.fieldsAt;
    this.#bytes = bytes;
    this.#length = length;
    this.#spec = spec;
  }

  /**
   * Reads chunks until `end`, the end of a chunk. Writes places (plus `base`) and values into `into` from index `at` on.
   * @returns the index after the last
   * @throws ProtocolError
   */
  read(end: number, into: SparseTensor, base: number, at: number): number {
    const { indices, values } = into;
    const bytes = this.#bytes;
    const { levels, gapBits, highsAt } = this.#header;
    const { bits, chunkSize } = this.#spec;
    const width = gapBits + bits;
    const fieldMask = (1 << width) - 1;
    const rankMask = (1 << bits) - 1;
    let window = this.#window;
    let held = this.#held;
    let next = this.#next;
    let highs = this.#highs;
    let wordAt = this.#wordAt;
    let last = this.#last;
    let squares = this.#squares;
    let written = at;
    let start = this.#start;
    for (; start < end; start += chunkSize) {
      const chunk = Math.min(chunkSize, this.#length - start);
      const keptEnd = written + keptInChunk(chunk, this.#spec);
      const before = last + keptEnd - written;
      let place = base + start - 1;
      for (; written < keptEnd; written += 1) {
        while (highs === 0) {
          wordAt += WORD;
          const byte = highsAt + (wordAt >> 3);
          highs =
            ((bytes[byte] ?? 0) << 24) |
            ((bytes[byte + 1] ?? 0) << 16) |
            ((bytes[byte + 2] ?? 0) << 8) |
            (bytes[byte + 3] ?? 0);
        }
        const zeros = Math.clz32(highs);
        highs ^= HIGHEST_BIT >>> zeros;
        for (; held < width; held += 8) {
          window = (window << 8) | (bytes[next] ?? 0);
          next += 1;
        }
        held -= width;
        const field = (window >>> held) & fieldMask;
        place += 1 + (((wordAt + zeros - last - 1) << gapBits) | (field >>> bits));
        last = wordAt + zeros;
        const value = levels[field & rankMask] ?? 0;
        indices[written] = place;
        values[written] = value;
        squares += value * value;
      }
      // With more zeros than that a shift may have overflowed.
      if (last - before > chunk || place >= base + start + chunk) {
        throw new ProtocolError(`index past the end of a chunk at ${start}`);
      }
    }
    this.#start = start;
    this.#squares = squares;
    this.#window = window;
    this.#held = held;
    this.#next = next;
    this.#highs = highs;
    this.#wordAt = wordAt;
    this.#last = last;
    return written;
  }

  /**
   * After all chunks were read.
   * @returns the sum of the squares of the values, in their order
   * @throws ProtocolError when the part claims another
   */
  finish(): number {
    checkSquares(this.#squares, this.#header);
    return this.#squares;
  }
}

/** A whole part at once, see `PartReader`. @returns the sum of the squares of the values, in their order */
export function decodePart(
  bytes: Uint8Array,
  length: number,
  spec: PartSpec,
  into: SparseTensor,
  base: number,
  at: number,
): number {
  const reader = new PartReader(bytes, length, spec);
  reader.read(length, into, base, at);
  return reader.finish();
}

function countOnes(bytes: Uint8Array, from: number): number {
  let count = 0;
  for (let i = from; i < bytes.length; i += 1) {
    let left = bytes[i] ?? 0;
    left -= (left >> 1) & 0x55;
    left = (left & 0x33) + ((left >> 2) & 0x33);
    count += (left & 0x0f) + (left >> 4);
  }
  return count;
}
