import { describe, expect, it } from 'vitest';
import { hashedFloats, integerHash } from '#protocol/integer-hash.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { keptCount, keptInChunk } from '#protocol/update/chunks.ts';
import { giveBackPart } from '#protocol/update/give-back.ts';
import { decodePart } from '#protocol/update/part-reader.ts';
import { PartEncoder } from '#protocol/update/part-encoder.ts';
import { maxPartBytes } from '#protocol/update/part-size.ts';
import { sparseFor } from '#protocol/update/sparse-tensor.ts';

type UpdateSpec = RunSpec['update'];
const CASES = 150;

/** A number in from … to that follows from the case. */
const drawn = (seed: number, what: number, from: number, to: number): number =>
  from + (integerHash(seed, what) % (to - from + 1));

function caseOf(seed: number) {
  const chunkSize = drawn(seed, 1, 64, seed % 3 === 0 ? 4096 : 300);
  const spec: UpdateSpec = {
    ...{ chunkSize, topK: drawn(seed, 2, 1, seed % 5 === 0 ? chunkSize : Math.ceil(chunkSize / 16)) },
    ...{ bits: drawn(seed, 3, 1, 4), quantiser: seed % 2 === 0 ? 'nearest' : 'deviation', errorDecay: 0.95 },
  };
  const length = drawn(seed, 4, 1, 3 * chunkSize);
  return { spec, difference: hashedFloats(length, seed, 0.01), error: hashedFloats(length, seed + 1000, 0.01) };
}

function decoded(spec: UpdateSpec, bytes: Uint8Array, length: number) {
  const sparse = sparseFor(length, spec);
  return { ...sparse, squares: decodePart(bytes, length, spec, sparse, 0, 0) };
}

describe('a part', () => {
  it.each(Array.from({ length: CASES }, (_, seed) => seed))('round-trips whatever its shape (%i)', (seed) => {
    const { spec, difference, error } = caseOf(seed);
    const length = error.length;
    const before = error.map((value, i) => spec.errorDecay * value + difference[i]!);
    const bytes = new PartEncoder(spec, length).encode(difference, error);
    expect(bytes.length).toBeLessThanOrEqual(maxPartBytes(length, spec));
    const { indices, values, squares } = decoded(spec, bytes, length);
    expect(indices).toHaveLength(keptCount(length, spec));
    expect(squares).toBe(values.reduce((sum, value) => sum + value * value, 0));
    // What was sent is what is missing in the error buffer, and nothing else has changed.
    const after = before.slice();
    for (const [i, index] of indices.entries()) after[index]! -= values[i]!;
    expect(error).toEqual(after);
    for (let start = 0; start < length; start += spec.chunkSize) {
      const chunk = before.subarray(start, start + spec.chunkSize).map(Math.abs);
      const least = chunk.toSorted().at(-keptInChunk(chunk.length, spec))!;
      const sent = indices.filter((index) => index >= start && index < start + spec.chunkSize);
      expect(sent).toHaveLength(keptInChunk(chunk.length, spec));
      for (const index of sent) expect(chunk[index - start]).toBeGreaterThanOrEqual(least);
    }
  });

  it.each([
    ['at its front', (place: number) => 4096 - place],
    ['at its end', (place: number) => place + 1],
    ['in one heap in the middle', (place: number) => 4096 - Math.abs(place - 2048)],
    ['in even steps', (place: number) => (place % 64 === 0 ? 2 : 1)],
  ])('of which all is kept %s stays within the bound', (_, magnitude) => {
    const spec: UpdateSpec = { chunkSize: 4096, topK: 64, bits: 2, quantiser: 'nearest', errorDecay: 0.95 };
    const error = Float32Array.from({ length: 4096 }, (__, place) => magnitude(place));
    const bytes = new PartEncoder(spec, 4096).encode(new Float32Array(4096), error);
    expect(bytes.length).toBeLessThanOrEqual(maxPartBytes(4096, spec));
    expect(() => decoded(spec, bytes, 4096)).not.toThrow();
  });

  it('has the same bytes whatever its encoder did before', () => {
    const { spec, difference } = caseOf(1);
    const encoder = new PartEncoder(spec, difference.length);
    const encode = () => encoder.encode(difference, new Float32Array(difference.length));
    const first = encode();
    encoder.encode(hashedFloats(difference.length, 77, 1), new Float32Array(difference.length));
    expect(encode()).toEqual(first);
  });

  it('takes 0.152 bits a value at most at the default setting', () => {
    const spec: UpdateSpec = { chunkSize: 4096, topK: 64, bits: 2, quantiser: 'nearest', errorDecay: 0.95 };
    const length = 256 * 4096;
    const bytes = new PartEncoder(spec, length).encode(hashedFloats(length, 3, 0.01), new Float32Array(length));
    expect((8 * bytes.length) / length).toBeLessThanOrEqual(0.152);
    expect((8 * maxPartBytes(length, spec)) / length, 'and never much more').toBeLessThanOrEqual(0.157);
  });

  it('that nobody merged goes back into the error buffer', () => {
    const { spec, difference, error } = caseOf(2);
    const before = error.map((value, i) => spec.errorDecay * value + difference[i]!);
    giveBackPart(spec, new PartEncoder(spec, error.length).encode(difference, error), error);
    for (const [i, value] of before.entries()) expect(error[i]).toBeCloseTo(value, 8);
  });
});
