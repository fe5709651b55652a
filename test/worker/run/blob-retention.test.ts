import { describe, expect, it } from 'vitest';
import type { BlobHash } from '#protocol/ids.ts';
import { createBlobRetention } from '#worker/run/blob-retention.ts';

const [a, b, c, page] = ['a', 'b', 'c', 'page'] as unknown as readonly [BlobHash, BlobHash, BlobHash, BlobHash];

function retention() {
  const removed: BlobHash[] = [];
  const remove = (hash: BlobHash) => {
    removed.push(hash);
    return Promise.resolve();
  };
  return { removed, ...createBlobRetention({ remove }, (hash) => hash === page) };
}

describe('blob retention', () => {
  it.each([
    [1, []],
    [2, [a]],
    [3, [a, b]],
    [9, [a, b, c]],
  ])('drops what was last used before %d', async (age, expected) => {
    const blobs = retention();
    blobs.note(1, [a]);
    blobs.note(2, [b]);
    blobs.note(3, [c]);
    await blobs.dropBefore(age);
    expect(blobs.removed).toEqual(expected);
  });

  it('counts the last use, not the first', async () => {
    const blobs = retention();
    blobs.note(1, [a, b]);
    blobs.note(5, [a]);
    await blobs.dropBefore(5);
    expect(blobs.removed).toEqual([b]);
  });

  it('never drops what is kept', async () => {
    const blobs = retention();
    blobs.note(1, [page, a]);
    await blobs.dropBefore(100);
    expect(blobs.removed).toEqual([a]);
  });

  it('drops a blob once, and again after it was used again', async () => {
    const blobs = retention();
    blobs.note(1, [a]);
    await blobs.dropBefore(2);
    await blobs.dropBefore(3);
    expect(blobs.removed).toEqual([a]);
    blobs.note(3, [a]);
    await blobs.dropBefore(4);
    expect(blobs.removed).toEqual([a, a]);
  });
});
