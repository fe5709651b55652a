import { describe, expect, it } from 'vitest';
import { chunksOf, keptCount } from '#protocol/update/chunks.ts';
import { topKIndices } from '#protocol/update/top-k.ts';

const spec = { chunkSize: 4, topK: 2 };

describe('chunks', () => {
  it('give a ragged last chunk its share, at least one value', () => {
    expect(chunksOf(9, spec)).toEqual([
      { start: 0, length: 4, keep: 2 },
      { start: 4, length: 4, keep: 2 },
      { start: 8, length: 1, keep: 1 },
    ]);
    expect(keptCount(9, spec)).toBe(5);
  });
});

describe('topKIndices', () => {
  it('takes the largest magnitudes of every chunk in ascending order', () => {
    expect([...topKIndices(Float32Array.of(1, -5, 3, 2, 0, 0.5, -0.25, 9, 7), spec)]).toEqual([1, 2, 5, 7, 8]);
  });

  it('gives equal magnitudes to the lower index', () => {
    expect([...topKIndices(Float32Array.of(1, -1, 1, 1), spec)]).toEqual([0, 1]);
    expect([...topKIndices(Float32Array.of(1, 2, -1, 1), spec)]).toEqual([0, 1]);
    expect([...topKIndices(new Float32Array(4), spec)]).toEqual([0, 1]);
  });
});
