import { describe, expect, it } from 'vitest';
import { keptCount, keptInChunk } from '#protocol/update/chunks.ts';
import { longestPartLength, partsOf } from '#protocol/update/parts.ts';

const spec = { chunkSize: 4, topK: 2 };

describe('chunks', () => {
  it('give a ragged last one its share, at least one value', () => {
    expect([4, 3, 2, 1].map((length) => keptInChunk(length, spec))).toEqual([2, 2, 1, 1]);
    expect(keptCount(9, spec)).toBe(5);
    expect(keptCount(8, spec)).toBe(4);
    expect(keptCount(0, spec)).toBe(0);
  });

  it('never keep more than they have', () => {
    expect(keptInChunk(3, { chunkSize: 4, topK: 4 })).toBe(3);
  });
});

describe('parts', () => {
  it('are whole tensors, and pieces of long ones', () => {
    const longest = longestPartLength(spec);
    expect(longest).toBe(1024);
    expect(partsOf([5, 2 * longest + 1, longest], spec)).toEqual([
      { tensor: 0, start: 0, length: 5 },
      { tensor: 1, start: 0, length: longest },
      { tensor: 1, start: longest, length: longest },
      { tensor: 1, start: 2 * longest, length: 1 },
      { tensor: 2, start: 0, length: longest },
    ]);
  });
});
