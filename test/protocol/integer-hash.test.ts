import { expect, test } from 'vitest';
import { hashedFloats, integerHash, integerHashes } from '#protocol/integer-hash.ts';

/** The same formula in arbitrary precision, as the description of the reference programs gives it. */
function exactHash(index: bigint, salt: bigint): bigint {
  const mask = (1n << 32n) - 1n;
  let x = (index * 2654435761n + salt * 40503n + 12345n) & mask;
  x ^= x >> 16n;
  x = (x * 0x85ebca6bn) & mask;
  x ^= x >> 13n;
  x = (x * 0xc2b2ae35n) & mask;
  return x ^ (x >> 16n);
}

test('the hash equals the formula in arbitrary precision', () => {
  for (const salt of [0, 7, 99, 1000, 1039, 2 ** 31, 2 ** 32 - 1]) {
    for (const index of [0, 1, 2, 1000, 65_535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) {
      expect(integerHash(index, salt)).toBe(Number(exactHash(BigInt(index), BigInt(salt))));
    }
  }
});

test('the first numbers of a stream are fixed for ever', () => {
  expect([...integerHashes(4, 7)]).toEqual([0, 1, 2, 3].map((index) => Number(exactHash(BigInt(index), 7n))));
  expect(integerHash(0, 0)).toBe(Number(exactHash(0n, 0n)));
});

test('a stream may be entered in the middle', () => {
  expect(integerHashes(5, 3, 10)).toEqual(integerHashes(15, 3).subarray(10));
});

test('floats lie in the scale, on both sides of zero, and average to nothing', () => {
  const values = hashedFloats(10_000, 1000, 0.02);
  expect(Math.max(...values)).toBeLessThan(0.02);
  expect(Math.min(...values)).toBeGreaterThanOrEqual(Math.fround(-0.02));
  expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / values.length)).toBeLessThan(0.0005);
});
