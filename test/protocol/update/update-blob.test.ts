import { describe, expect, it } from 'vitest';
import { hashedFloats } from '#protocol/integer-hash.ts';
import { elementCount, parameterShapes } from '#protocol/model-shape.ts';
import { blobHash } from '#protocol/hash.ts';
import type { RunId, StateRoot } from '#protocol/ids.ts';
import { compressUpdate } from '#protocol/update/compress.ts';
import { decodeUpdateBlob, encodeUpdateBlob, updateBlobBytes } from '#protocol/update/update-blob.ts';
import { smallRun, testRoot, testRunId } from '../../support/small-run.ts';

const sizes = parameterShapes(smallRun.model).map(({ shape }) => elementCount(shape));
const header = { run: testRunId, round: 5, baseRoot: testRoot };
const differences = () => sizes.map((size, i) => hashedFloats(size, i, 0.01));
const noErrors = () => sizes.map((size) => new Float32Array(size));
const validBlob = () => encodeUpdateBlob(smallRun, header, compressUpdate(smallRun.update, differences(), noErrors()));
const FIRST_TENSOR = 4 + 32 + 4 + 32;

describe('an update blob', () => {
  it('round-trips: decoded values are what error feedback subtracted', () => {
    const errors = noErrors();
    const encoded = compressUpdate(smallRun.update, differences(), errors);
    const decoded = decodeUpdateBlob(smallRun, header, encodeUpdateBlob(smallRun, header, encoded));
    for (const [tensor, difference] of differences().entries()) {
      const rebuilt = errors[tensor]!.slice();
      decoded[tensor]!.indices.forEach((index, i) => (rebuilt[index]! += decoded[tensor]!.values[i]!));
      for (const [i, value] of difference.entries()) expect(rebuilt[i]).toBeCloseTo(value, 6);
    }
  });

  it('has the size that the run specification implies and the same bytes every time', () => {
    expect(validBlob()).toHaveLength(updateBlobBytes(smallRun));
    expect(blobHash(validBlob())).toBe('01fa567668db73119139921349abd0ea7909dd1887253f4c82bc05b6c93dbf6c');
  });

  it.each([
    ['truncated', (blob: Uint8Array) => blob.subarray(0, -1), /bytes instead of/],
    ['oversized', (blob: Uint8Array) => new Uint8Array([...blob, 0]), /bytes instead of/],
    ['empty', () => new Uint8Array(0), /bytes instead of/],
    ['of another format', (blob: Uint8Array) => patched(blob, 0, [0x58]), /unknown format/],
    ['with a level that is NaN', (blob: Uint8Array) => patched(blob, FIRST_TENSOR, [0, 0, 0xc0, 0x7f]), /out of range/],
    ['with an infinite level', (blob: Uint8Array) => patched(blob, FIRST_TENSOR, [0, 0, 0x80, 0x7f]), /out of range/],
    ['with a huge level', (blob: Uint8Array) => patched(blob, FIRST_TENSOR, [0, 0, 0, 0x60]), /out of range/],
    [
      'with repeated indices',
      (blob: Uint8Array) => patched(blob, FIRST_TENSOR + 16, [0, 0, 0]),
      /out of order or range/,
    ],
    [
      'with an index past its chunk',
      (blob: Uint8Array) => patched(blob, FIRST_TENSOR + 16, [0xff, 0xff, 0xff]),
      /out of order/,
    ],
  ])('that is %s is refused', (_, damage, message) => {
    expect(() => decodeUpdateBlob(smallRun, header, damage(validBlob()))).toThrow(message);
  });

  it.each([
    [{ ...header, round: 6 }, /for round 5, not 6/],
    [{ ...header, run: '00'.repeat(32) as RunId }, /another run/],
    [{ ...header, baseRoot: '00'.repeat(32) as StateRoot }, /another state/],
  ])('made for something else is refused', (expected, message) => {
    expect(() => decodeUpdateBlob(smallRun, expected, validBlob())).toThrow(message);
  });
});

describe('compressUpdate', () => {
  it('carries what was not sent into the next round, decayed', () => {
    const errors = noErrors();
    compressUpdate(smallRun.update, differences(), errors);
    const left = errors[0]!.slice();
    const zero = noErrors();
    const encoded = compressUpdate(smallRun.update, zero, errors);
    const sent = new Set(encoded[0]!.indices);
    for (const [i, value] of left.entries()) if (!sent.has(i)) expect(errors[0]![i]).toBe(Math.fround(0.95 * value));
  });

  it('refuses numbers that are not finite and leaves the error buffer alone', () => {
    const errors = noErrors();
    const broken = differences();
    broken[1]![0] = Number.NaN;
    expect(() => compressUpdate(smallRun.update, broken, errors)).toThrow(/not finite in tensor 1/);
    expect(errors.every((error) => error.every((value) => value === 0))).toBe(true);
  });
});

function patched(blob: Uint8Array, offset: number, bytes: readonly number[]): Uint8Array {
  const copy = blob.slice();
  copy.set(bytes, offset);
  return copy;
}
