import { describe, expect, it } from 'vitest';
import { packBits, unpackBits } from '#protocol/update/bits.ts';

describe('packed numbers', () => {
  it.each([2, 7, 12, 16])('of %i bits round-trip', (width) => {
    const values = Array.from({ length: 13 }, (_, i) => (i * 2654435761) & ((1 << width) - 1));
    expect([...unpackBits(packBits(values, width), values.length, width)]).toEqual(values);
  });

  it('are little-endian in bits', () => {
    expect([...packBits([0xabc, 0x123], 12)]).toEqual([0xbc, 0x3a, 0x12]);
  });

  it('with a wrong length or dirty padding are refused', () => {
    expect(() => unpackBits(new Uint8Array(1), 1, 12)).toThrow(/wrong length/);
    expect(() => unpackBits(Uint8Array.of(0, 0xf0), 1, 12)).toThrow(/Padding/);
  });
});
