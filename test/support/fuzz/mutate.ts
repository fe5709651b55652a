import type { RandomStream } from '#protocol/random.ts';

/** Bytes that mean something in many formats: ends of ranges, CBOR's heads of integers, byte strings, texts, arrays, maps and floats. */
const TELLING = [0, 1, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x3b, 0x40, 0x58, 0x5a, 0x5b, 0x5f, 0x60, 0x7b, 0x7f].concat([
  0x80, 0x9a, 0x9b, 0x9f, 0xa0, 0xba, 0xbb, 0xbf, 0xc0, 0xd9, 0xf4, 0xf6, 0xf7, 0xf9, 0xfa, 0xfb, 0xfe, 0xff,
]);

/** Damaged in one to four places. `other` is another valid input, of which pieces may be put in. */
export function mutate(bytes: Uint8Array, other: Uint8Array, random: RandomStream): Uint8Array {
  let damaged: Uint8Array = bytes;
  for (let change = random.nextBelow(4); change >= 0; change -= 1) damaged = mutateOnce(damaged, other, random);
  return damaged;
}

export function mutateOnce(bytes: Uint8Array, other: Uint8Array, random: RandomStream): Uint8Array {
  const at = random.nextBelow(bytes.length + 1);
  const length = 1 + random.nextBelow(random.nextBelow(4) === 0 ? 256 : 8);
  switch (random.nextBelow(10)) {
    case 0: // a bit
    case 1:
      return withBytes(bytes, at, [(bytes[at] ?? 0) ^ (1 << random.nextBelow(8))]);
    case 2: // a byte
      return withBytes(bytes, at, [random.nextBelow(256)]);
    case 3:
      return withBytes(bytes, at, [TELLING[random.nextBelow(TELLING.length)]!]);
    case 4: // cut off
      return bytes.slice(0, at);
    case 5: // longer
      return splice(
        bytes,
        at,
        0,
        Uint8Array.from({ length }, () => random.nextBelow(256)),
      );
    case 6: // a piece less
      return splice(bytes, at, length, new Uint8Array(0));
    case 7: // a run of zeros or ones
      return withBytes(bytes, at, new Array<number>(length).fill(random.nextBelow(2) * 255));
    case 8: // a piece twice
      return splice(bytes, at, 0, bytes.subarray(at, at + length));
    default: // a piece of another
      return withBytes(bytes, at, other.subarray(random.nextBelow(other.length + 1)).subarray(0, length));
  }
}

/** In place of what is there; what would lie behind the end is left out. */
function withBytes(bytes: Uint8Array, at: number, put: ArrayLike<number>): Uint8Array {
  const changed = bytes.slice();
  for (let i = 0; i < put.length && at + i < changed.length; i += 1) changed[at + i] = put[i]!;
  return changed;
}

function splice(bytes: Uint8Array, at: number, less: number, put: Uint8Array): Uint8Array {
  const rest = bytes.subarray(Math.min(bytes.length, at + less));
  const joined = new Uint8Array(at + put.length + rest.length);
  joined.set(bytes.subarray(0, at));
  joined.set(put, at);
  joined.set(rest, at + put.length);
  return joined;
}
