import { float32At } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { keptCount } from './chunks.ts';
import { fieldBytes, LEVELS_AT, MAX_GAP_BITS, partHeaderBytes, type PartSpec } from './part-size.ts';
import { MAX_LEVEL } from './quantiser.ts';

/** What can be known of a part before any value is read. */
export interface PartHeader {
  readonly levels: Float32Array;
  readonly gapBits: number;
  /** What the part claims its sum of squares to be. */
  readonly squares: number;
  readonly fieldsAt: number;
  readonly highsAt: number;
  /** Values that are read: so many ones the highs must have. */
  readonly kept: number;
}

/** What a part claims its sum of squares to be; whoever reads the part finds out. @throws ProtocolError when no part can have it */
export function claimedSquares(bytes: Uint8Array): number {
  if (bytes.length < LEVELS_AT) throw new ProtocolError('part is cut off');
  const squares = new DataView(bytes.buffer, bytes.byteOffset, LEVELS_AT).getFloat64(0, true);
  // Written so that NaN fails too.
  if (!(squares >= 0 && squares < Infinity)) throw new ProtocolError(`a sum of squares of ${squares}`);
  return squares;
}

/**
 * Checks all of a part that needs no decoding, but for the number of ones.
 * @param length values that the part stands for
 * @throws ProtocolError
 */
export function openPart(bytes: Uint8Array, length: number, spec: PartSpec): PartHeader {
  const fieldsAt = partHeaderBytes(spec);
  if (bytes.length < fieldsAt) throw new ProtocolError('part is cut off');
  const squares = claimedSquares(bytes);
  const levels = readLevels(bytes, spec);
  const gapBits = bytes[fieldsAt - 1] ?? 0;
  if (gapBits > MAX_GAP_BITS) throw new ProtocolError(`${gapBits} low bits of a gap`);
  const kept = keptCount(length, spec);
  const highsAt = fieldsAt + fieldBytes(kept, gapBits, spec);
  if (bytes.length <= highsAt) throw new ProtocolError('part is cut off');
  const paddingBits = 8 * (highsAt - fieldsAt) - kept * (gapBits + spec.bits);
  if (((bytes[highsAt - 1] ?? 0) & ((1 << paddingBits) - 1)) !== 0) throw new ProtocolError('padding is not zero');
  // With as many ones as values the last is in the last byte, and nothing comes after it.
  if (bytes[bytes.length - 1] === 0) throw new ProtocolError('part has bytes that say nothing');
  return { levels, gapBits, squares, fieldsAt, highsAt, kept };
}

/** @throws ProtocolError when a part has not as many ones in its highs as it has values */
export function checkOnes(ones: number, { kept }: PartHeader): void {
  if (ones !== kept) throw new ProtocolError(`part has ${ones} values instead of ${kept}`);
}

/** @throws ProtocolError when a part's sum of squares is a lie */
export function checkSquares(squares: number, { squares: claimed }: PartHeader): void {
  // Tells −0 from 0 too: an update has one blob.
  if (Object.is(squares, claimed)) return;
  throw new ProtocolError(`part claims a sum of squares of ${claimed}, it is ${squares}`);
}

function readLevels(bytes: Uint8Array, { bits }: PartSpec): Float32Array {
  const levels = float32At(bytes, LEVELS_AT, 2 ** bits);
  for (const level of levels) {
    // Written so that NaN fails too.
    if (!(Math.abs(level) <= MAX_LEVEL)) throw new ProtocolError(`level ${level} is out of range`);
  }
  return levels;
}
