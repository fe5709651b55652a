import { describe, expect, it } from 'vitest';
import type { BlobHash } from '#protocol/ids.ts';
import { openBlobStore } from '#worker/blobs/blob-store.ts';
import { keepBlobs } from '#worker/run/kept-blobs.ts';
import { fitting } from '#worker/run/quota-shares.ts';
import { testRun } from '../../support/round-fixtures.ts';
import { pattern } from '../peer/pattern.ts';
import { testFolder } from '../peer/test-peers.ts';

const warnings: string[] = [];

async function setUp(quotaBytes: number) {
  const store = await openBlobStore({ folder: await testFolder(), quotaBytes, warn: () => undefined });
  const touched: BlobHash[] = [];
  const takeTouched = () => touched.splice(0);
  const onRound = keepBlobs(testRun, { store, takeTouched }, (message) => warnings.push(message));
  let made = 0;
  /** One round that fetches so many bytes and comes to nothing: no step is made. */
  const round = async (sizeBytes: number): Promise<BlobHash> => {
    made += 1;
    const hash = await store.put(pattern(sizeBytes + made));
    touched.push(hash);
    await onRound({ manifest: null });
    return hash;
  };
  return { store, round };
}

describe('what is kept for others', () => {
  it('is what the newest rounds used, and goes after four of them also when no step is made', async () => {
    const { store, round } = await setUp(200_000);
    const first = await round(4_000);
    for (let i = 0; i < 80; i += 1) await round(4_000); // far more than the quota
    expect(store.has(first)).toBe(false);
    expect(store.usedBytes).toBeLessThanOrEqual(200_000);
  });

  it('never takes so much that the next round has no room', async () => {
    const { round } = await setUp(100_000);
    for (let i = 0; i < 12; i += 1) await round(40_000);
    expect(warnings).toEqual([]);
  });
});

describe('what fits', () => {
  it('is the first of it, and what is small enough after', () => {
    const sizes = new Map([
      ['a', 5],
      ['b', 7],
      ['c', 2],
    ]);
    expect(fitting(['a', 'b', 'missing', 'c'], (name) => sizes.get(name) ?? null, 8)).toEqual(['a', 'missing', 'c']);
  });
});
