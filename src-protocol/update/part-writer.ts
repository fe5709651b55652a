import { bytesOf } from '../bytes.ts';
import { fieldBytes, LEVELS_AT, MAX_GAP_BITS, maxPartBytes, partHeaderBytes, type PartSpec } from './part-size.ts';

/** Writes a part's bytes: the sum of squares, the levels and both streams of bits. All writers give the same bytes. */
export interface PartWriter {
  /** @param codes of each kept value the number of its level; as many of both arrays are read as are kept */
  write(gaps: Uint16Array, codes: Uint8Array, kept: number, levels: Float32Array): Uint8Array;
}

/**
 * The writer that any JavaScript engine can run, and that others are compared with.
 * @param longest number of values of the longest part
 */
export function createPlainWriter(spec: PartSpec, longest: number): PartWriter {
  const bytes = new Uint8Array(maxPartBytes(longest, spec));
  return {
    write: (gaps, codes, kept, levels) => {
      const gapBits = bestGapBits(kept, (low) => highBits(gaps, kept, low));
      const width = gapBits + spec.bits;
      const gapMask = (1 << gapBits) - 1;
      let next = partHeaderBytes(spec);
      const highs = next + fieldBytes(kept, gapBits, spec);
      bytes.fill(0, highs);
      let pending = 0;
      let held = 0;
      let one = -1; // where in the highs
      let squares = 0;
      for (let at = 0; at < kept; at += 1) {
        const [gap, code] = [gaps[at] ?? 0, codes[at] ?? 0];
        const level = levels[code] ?? 0;
        squares += level * level;
        one += 1 + (gap >> gapBits);
        const byte = highs + (one >> 3);
        bytes[byte] = (bytes[byte] ?? 0) | (128 >> (one & 7));
        pending = (pending << width) | ((gap & gapMask) << spec.bits) | code;
        for (held += width; held >= 8; next += 1) {
          held -= 8;
          bytes[next] = pending >>> held;
        }
      }
      if (held > 0) bytes[next] = pending << (8 - held);
      writePartHeader(bytes, squares, levels, gapBits);
      return bytes.slice(0, highs + ((one + 8) >> 3));
    },
  };
}

/** What comes before the fields, at the beginning of `bytes`. */
export function writePartHeader(bytes: Uint8Array, squares: number, levels: Float32Array, gapBits: number): void {
  new DataView(bytes.buffer, bytes.byteOffset, LEVELS_AT).setFloat64(0, squares, true);
  bytes.set(bytesOf(levels), LEVELS_AT);
  bytes[LEVELS_AT + levels.byteLength] = gapBits;
}

/** Low bits of a gap that make the part shortest; of equal ones the fewest. @param highBitsWith bits of the highs with so many */
export function bestGapBits(kept: number, highBitsWith: (low: number) => number): number {
  let [best, least] = [0, Infinity];
  for (let low = 0; low <= MAX_GAP_BITS; low += 1) {
    const cost = kept * low + highBitsWith(low);
    if (cost < least) [best, least] = [low, cost];
  }
  return best;
}

function highBits(gaps: Uint16Array, kept: number, low: number): number {
  let sum = kept;
  for (let at = 0; at < kept; at += 1) sum += (gaps[at] ?? 0) >> low;
  return sum;
}
