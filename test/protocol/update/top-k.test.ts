import { describe, expect, it } from 'vitest';
import { hashedFloats, integerHash } from '#protocol/integer-hash.ts';
import { TopKSelector } from '#protocol/update/top-k.ts';

function selected(values: Float32Array, keep: number): number[] {
  const places = new Uint16Array(keep);
  const bits = new Uint32Array(values.buffer);
  new TopKSelector(Math.max(1, values.length)).select(bits, 0, values.length, keep, places, 0);
  return [...places];
}

/** By sorting all of them. */
const expected = (values: Float32Array, keep: number): number[] =>
  [...values.keys()]
    .sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!) || a - b)
    .slice(0, keep)
    .sort((a, b) => a - b);

describe('the selection of a chunk', () => {
  it('takes the largest magnitudes in ascending order of their places', () => {
    expect(selected(Float32Array.of(1, -5, 3, 2), 2)).toEqual([1, 2]);
  });

  it('gives equal magnitudes to the lower place', () => {
    expect(selected(Float32Array.of(1, -1, 1, 1), 2)).toEqual([0, 1]);
    expect(selected(Float32Array.of(1, 2, -1, 1), 2)).toEqual([0, 1]);
    expect(selected(Float32Array.of(0, -0, 0, -0), 3)).toEqual([0, 1, 2]);
  });

  it('tells magnitudes apart that differ in one bit', () => {
    const values = new Float32Array(Uint32Array.of(0x3f800001, 0x3f800000, 0xbf800002, 0x3f800401).buffer);
    expect(selected(values, 1)).toEqual([3]);
    expect(selected(values, 2)).toEqual([2, 3]);
    expect(selected(values, 3)).toEqual([0, 2, 3]);
  });

  it.each(Array.from({ length: 60 }, (_, seed) => seed))('is that of a sort (%i)', (seed) => {
    const length = 1 + (integerHash(seed, 1) % 4096);
    const keep = 1 + (integerHash(seed, 2) % length);
    // Every third with few different values, every fourth with a wide range.
    const values = hashedFloats(length, seed, 1).map((value) => {
      return seed % 3 === 0 ? Math.round(3 * value) : seed % 4 === 0 ? value ** 9 : value;
    });
    expect(selected(values, keep)).toEqual(expected(values, keep));
  });

  it('writes where it is told to, from where it is told to read', () => {
    const bits = new Uint32Array(Float32Array.of(9, 9, 1, 3, 2).buffer);
    const places = new Uint16Array(3).fill(7);
    new TopKSelector(8).select(bits, 2, 3, 2, places, 1);
    expect([...places]).toEqual([7, 1, 2]);
  });
});
