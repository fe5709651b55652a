import { sha256 } from './hash.ts';

/** Numbers that everyone who knows the seed can repeat: integer arithmetic only. */
export interface RandomStream {
  /** Uniform in 0…2^32−1. */
  nextUint32(): number;
  /** Uniform in 0…bound−1, without bias. `bound` is 1…2^32. */
  nextBelow(bound: number): number;
}

const TWO_32 = 2 ** 32;
const rotateLeft = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

/** xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018), seeded by SHA-256. */
export function randomStream(seed: Uint8Array): RandomStream {
  const view = new DataView(sha256(seed).buffer);
  let [a, b, c, d] = [view.getInt32(0, true), view.getInt32(4, true), view.getInt32(8, true), view.getInt32(12, true)];

  const nextUint32 = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
    return result;
  };

  const nextBelow = (bound: number): number => {
    if (!Number.isInteger(bound) || bound < 1 || bound > TWO_32) throw new RangeError(`Bound out of range: ${bound}`);
    const limit = TWO_32 - (TWO_32 % bound); // values above would favour the small remainders
    for (;;) {
      const value = nextUint32();
      if (value < limit) return value % bound;
    }
  };

  return { nextUint32, nextBelow };
}
