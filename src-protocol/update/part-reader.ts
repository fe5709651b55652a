import { float32At } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { keptCount, keptInChunk } from './chunks.ts';
import { fieldBytes, LEVELS_AT, MAX_GAP_BITS, partHeaderBytes, type PartSpec } from './part-size.ts';
import { MAX_LEVEL } from './quantiser.ts';
import type { SparseTensor } from './sparse-tensor.ts';

/** Bits that are looked at together. */
const WORD = 32;
const HIGHEST_BIT = 0x80000000;

/** What a part claims its sum of squares to be; whoever reads the part finds out. @throws ProtocolError when no part can have it */
export function claimedSquares(bytes: Uint8Array): number {
  if (bytes.length < LEVELS_AT) throw new ProtocolError('part is cut off');
  const squares = new DataView(bytes.buffer, bytes.byteOffset, LEVELS_AT).getFloat64(0, true);
  // Written so that NaN fails too.
  if (!(squares >= 0 && squares < Infinity)) throw new ProtocolError(`a sum of squares of ${squares}`);
  return squares;
}

/**
 * Reads a part whose bytes a stranger made, some chunks at a time, so that nobody needs to hold a decoded part. Every limit comes
 * from the run. Only once `finish` has returned is it certain that the bytes are exactly those of a part.
 */
export class PartReader {
  readonly #bytes: Uint8Array;
  readonly #length: number;
  readonly #spec: PartSpec;
  readonly #levels: Float32Array;
  readonly #gapBits: number;
  readonly #claimed: number;
  /** First value of the next chunk. */
  #start = 0;
  #squares = 0;
  /** The next byte of the fields, and the bits before it that are not used yet: the low `#held` of `#window`. */
  #next: number;
  #window = 0;
  #held = 0;
  /** Where the unary stream begins. */
  readonly #unary: number;
  /** What is left of the word that is looked at, and where in the unary stream it begins. */
  #highs = 0;
  #wordAt = -WORD;
  /** Where in the unary stream the last one was. */
  #last = -1;

  /**
   * @param length values that the part stands for
   * @throws ProtocolError
   */
  constructor(bytes: Uint8Array, length: number, spec: PartSpec) {
    const headerBytes = partHeaderBytes(spec);
    if (bytes.length < headerBytes) throw new ProtocolError('part is cut off');
    this.#claimed = claimedSquares(bytes);
    this.#levels = readLevels(bytes, spec);
    this.#gapBits = bytes[headerBytes - 1] ?? 0;
    if (this.#gapBits > MAX_GAP_BITS) throw new ProtocolError(`${this.#gapBits} low bits of a gap`);
    this.#next = headerBytes;
    const kept = keptCount(length, spec);
    this.#unary = headerBytes + fieldBytes(kept, this.#gapBits, spec);
    if (bytes.length <= this.#unary) throw new ProtocolError('part is cut off');
    // As many ones as values, the last in the last byte: so `read` always finds one, and nothing comes after it.
    const ones = countOnes(bytes, this.#unary);
    if (ones !== kept) throw new ProtocolError(`part has ${ones} values instead of ${kept}`);
    if (bytes.at(-1) === 0) throw new ProtocolError('part has bytes that say nothing');
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
    const levels = this.#levels;
    const gapBits = this.#gapBits;
    const { bits, chunkSize } = this.#spec;
    const width = gapBits + bits;
    const fieldMask = (1 << width) - 1;
    const rankMask = (1 << bits) - 1;
    const unary = this.#unary;
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
          const byte = unary + (wordAt >> 3);
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
      if (last - before > chunk || place >= base + start + chunk)
        throw new ProtocolError(`index past the end of a chunk at ${start}`);
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
   * @throws ProtocolError when the bytes do not end with the part, or its sum of squares is a lie
   */
  finish(): number {
    const unused = this.#window & ((1 << this.#held) - 1);
    if (unused !== 0) throw new ProtocolError('padding is not zero');
    // Tells −0 from 0 too: an update has one blob.
    if (!Object.is(this.#squares, this.#claimed)) {
      throw new ProtocolError(`part claims a sum of squares of ${this.#claimed}, it is ${this.#squares}`);
    }
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

function readLevels(bytes: Uint8Array, { bits }: PartSpec): Float32Array {
  const levels = float32At(bytes, LEVELS_AT, 2 ** bits);
  for (const level of levels) {
    // Written so that NaN fails too.
    if (!(Math.abs(level) <= MAX_LEVEL)) throw new ProtocolError(`level ${level} is out of range`);
  }
  return levels;
}
