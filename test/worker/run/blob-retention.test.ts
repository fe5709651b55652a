import { describe, expect, it } from 'vitest';
import type { BlobHash } from '#protocol/ids.ts';
import { createBlobRetention } from '#worker/run/blob-retention.ts';

const [a, b, c] = ['a', 'b', 'c'] as unknown as readonly [BlobHash, BlobHash, BlobHash];

function retention() {
  let pinned: readonly BlobHash[] = [];
  const pin = (name: string, hashes: Iterable<BlobHash>): void => {
    expect(name).toBe('rounds');
    pinned = [...hashes];
  };
  return { pinned: () => pinned, ...createBlobRetention({ pin }, 'rounds') };
}

describe('blob retention', () => {
  it.each([
    [1, [a, b, c]],
    [2, [b, c]],
    [3, [c]],
    [9, []],
  ])('lets go what was last used before %d', (age, expected) => {
    const blobs = retention();
    blobs.note(1, [a]);
    blobs.note(2, [b]);
    blobs.note(3, [c]);
    expect(blobs.pinned()).toEqual([a, b, c]);
    blobs.dropBefore(age);
    expect(blobs.pinned()).toEqual(expected);
  });

  it('counts the last use, in whatever order uses are noted', () => {
    const blobs = retention();
    blobs.note(5, [a]);
    blobs.note(1, [a, b]);
    blobs.dropBefore(5);
    expect(blobs.pinned()).toEqual([a]);
  });

  it('keeps a blob again when it is used again', () => {
    const blobs = retention();
    blobs.note(1, [a]);
    blobs.dropBefore(2);
    blobs.note(3, [a]);
    blobs.dropBefore(3);
    expect(blobs.pinned()).toEqual([a]);
  });
});
