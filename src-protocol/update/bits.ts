import { ProtocolError } from '../errors.ts';

/** Packs unsigned numbers of a fixed width, least significant bit first; the last byte is padded with zeros. */
export function packBits(values: ArrayLike<number>, width: number): Uint8Array {
  const bytes = new Uint8Array(packedBytes(values.length, width));
  let bit = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    for (let taken = 0; taken < width;) {
      const room = Math.min(8 - (bit & 7), width - taken);
      const part = (value >>> taken) & ((1 << room) - 1);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (part << (bit & 7));
      taken += room;
      bit += room;
    }
  }
  return bytes;
}

export const packedBytes = (count: number, width: number): number => Math.ceil((count * width) / 8);

/** Reads `count` numbers. @throws ProtocolError when the length is off or the padding is not zero */
export function unpackBits(bytes: Uint8Array, count: number, width: number): Uint16Array {
  if (bytes.length !== packedBytes(count, width)) throw new ProtocolError('Packed numbers have the wrong length');
  const values = new Uint16Array(count);
  let bit = 0;
  for (let i = 0; i < count; i += 1) {
    let value = 0;
    for (let taken = 0; taken < width;) {
      const room = Math.min(8 - (bit & 7), width - taken);
      value |= (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & ((1 << room) - 1)) << taken;
      taken += room;
      bit += room;
    }
    values[i] = value;
  }
  if ((bit & 7) !== 0 && (bytes[bit >> 3] ?? 0) >> (bit & 7) !== 0)
    throw new ProtocolError('Padding bits are not zero');
  return values;
}
