import { ProtocolError } from '../errors.ts';
import { float32At } from '../bytes.ts';
import { keptCount, keptInChunk } from './chunks.ts';
import { MAX_GAP_BITS, partHeaderBytes, type PartSpec } from './part-size.ts';
import { MAX_LEVEL } from './quantiser.ts';

/** Positions, ascending, and the values there. */
export interface SparseTensor {
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

/**
 * Reads a part whose bytes a stranger made; every limit comes from the run. Writes places (plus `base`) and values into `into`
 * from index `at` on.
 *
 * @param length values that the part stands for
 * @returns the sum of the squares of the values, in their order
 * @throws ProtocolError when the bytes are not exactly those of a part
 */
export function decodePart(
  bytes: Uint8Array,
  length: number,
  spec: PartSpec,
  into: SparseTensor,
  base: number,
  at: number,
): number {
  const headerBytes = partHeaderBytes(spec);
  if (bytes.length < headerBytes) throw new ProtocolError('part is cut off');
  const levels = readLevels(bytes, spec);
  const parameters = bytes[headerBytes - 1] ?? 0;
  const [gapBits, codeBits] = [parameters >> 4, parameters & 15];
  if (gapBits > MAX_GAP_BITS || codeBits >= spec.bits) throw new ProtocolError(`unknown code ${parameters}`);
  const highest = (levels.length >> codeBits) - 1;
  const gapMask = (1 << gapBits) - 1;
  const codeMask = (1 << codeBits) - 1;
  const { indices, values } = into;

  // The bits that are read next: `held` of them in `window`, never more than 24. Past the end there are zeros.
  let window = 0;
  let held = 0;
  let next = headerBytes;
  let written = at;
  let squares = 0;
  for (let start = 0; start < length; start += spec.chunkSize) {
    const chunk = Math.min(spec.chunkSize, length - start);
    const end = written + keptInChunk(chunk, spec);
    let place = -1;
    for (; written < end; written += 1) {
      let high = 0;
      for (;;) {
        for (; held <= 16; held += 8) {
          window = (window << 8) | (bytes[next] ?? 0);
          next += 1;
        }
        const zeros = Math.clz32(window) - 32 + held;
        high += zeros;
        if (zeros < held) {
          held -= zeros + 1;
          window &= (1 << held) - 1;
          break;
        }
        held = 0;
        if (high > chunk) throw new ProtocolError(`index past the end of a chunk at ${start}`);
      }
      for (; held <= 16; held += 8) {
        window = (window << 8) | (bytes[next] ?? 0);
        next += 1;
      }
      held -= gapBits;
      place += 1 + ((high << gapBits) | ((window >>> held) & gapMask));
      window &= (1 << held) - 1;
      if (place >= chunk) throw new ProtocolError(`index past the end of a chunk at ${start}`);

      for (; held <= 16; held += 8) {
        window = (window << 8) | (bytes[next] ?? 0);
        next += 1;
      }
      const rankHigh = Math.min(Math.clz32(window) - 32 + held, highest);
      held -= rankHigh < highest ? rankHigh + 1 : rankHigh;
      window &= (1 << held) - 1;
      // At most 15 of at least 17 bits are gone, and no rank has more than 4.
      if (held < codeBits) {
        window = (window << 8) | (bytes[next] ?? 0);
        next += 1;
        held += 8;
      }
      held -= codeBits;
      const value = levels[(rankHigh << codeBits) | ((window >>> held) & codeMask)] ?? 0;
      window &= (1 << held) - 1;

      indices[written] = base + start + place;
      values[written] = value;
      squares += value * value;
    }
  }
  checkEnd(bytes.length, next, window, held);
  return squares;
}

/** A new array for `kept` positions and values. */
export const sparseTensor = (kept: number): SparseTensor => ({
  indices: new Uint32Array(kept),
  values: new Float32Array(kept),
});

/** Room for all that a part or tensor of so many values sends. */
export const sparseFor = (length: number, spec: PartSpec): SparseTensor => sparseTensor(keptCount(length, spec));

function readLevels(bytes: Uint8Array, { bits }: PartSpec): Float32Array {
  const levels = float32At(bytes, 0, 2 ** bits);
  for (const level of levels) {
    // Written so that NaN fails too.
    if (!(Math.abs(level) <= MAX_LEVEL)) throw new ProtocolError(`level ${level} is out of range`);
  }
  return levels;
}

/** @param held bits of `window` that were taken from the bytes before `next` and not used */
function checkEnd(length: number, next: number, window: number, held: number): void {
  const unused = 8 * (length - next) + held;
  if (unused < 0) throw new ProtocolError('part is cut off');
  if (unused >= 8) throw new ProtocolError('part has bytes that say nothing');
  // Bytes past the end were read as zeros, so that what is left of the window is the padding.
  if (window !== 0) throw new ProtocolError('padding is not zero');
}
