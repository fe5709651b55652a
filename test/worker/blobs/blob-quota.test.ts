import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { BlobHash } from '#protocol/ids.ts';
import { type BlobStore, openBlobStore } from '#worker/blobs/blob-store.ts';
import { pattern } from '../peer/pattern.ts';
import { testFolder } from '../peer/test-peers.ts';

const SIZE = 1000;
const warn = vi.fn<(message: string) => void>();
const open = (folder: string, quotaBytes: number): Promise<BlobStore> => openBlobStore({ folder, quotaBytes, warn });
const blob = (seed: number): Uint8Array => pattern(SIZE, seed);
const pathOf = (folder: string, hash: BlobHash): string => join(folder, hash.slice(0, 2), hash.slice(2));

async function putThree(store: BlobStore): Promise<readonly [BlobHash, BlobHash, BlobHash]> {
  return [await store.put(blob(1)), await store.put(blob(2)), await store.put(blob(3))];
}

const held = (store: BlobStore, hashes: readonly BlobHash[]): readonly boolean[] =>
  hashes.map((hash) => store.has(hash));

/** Of blobs and of all else, as they lie in the folder. */
async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}

describe('a store with a quota', () => {
  it('lets go what was used least recently', async () => {
    const store = await open(await testFolder(), 3 * SIZE);
    const [a, b, c] = await putThree(store);
    await store.get(a);
    const d = await store.put(blob(4));
    expect(held(store, [a, b, c, d])).toEqual([true, false, true, true]);
    expect(await store.get(b)).toBeNull();
    expect(store.usedBytes).toBe(3 * SIZE);
  });

  it('knows sizes and order of use after a restart', async () => {
    const folder = await testFolder();
    const [a, b, c] = await putThree(await open(folder, 3 * SIZE));
    const again = await open(folder, 3 * SIZE);
    expect(again.usedBytes).toBe(3 * SIZE);
    await (await again.open(a))?.close();
    const third = await open(folder, 3 * SIZE);
    await third.put(blob(4));
    expect(held(third, [a, b, c])).toEqual([true, false, true]);
    expect(await bytesIn(folder)).toBe(third.usedBytes);
  });

  it('keeps the order whatever the clock does', async () => {
    const folder = await testFolder();
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const hashes: BlobHash[] = [];
      for (const [seed, year] of [2030, 1980, 2099, 2001].entries()) {
        vi.setSystemTime(new Date(`${year}-01-01`));
        hashes.push(await (await open(folder, 4 * SIZE)).put(blob(seed + 1)));
      }
      vi.setSystemTime(new Date('1975-01-01'));
      const store = await open(folder, 4 * SIZE);
      await store.get(hashes[0]!);
      await store.put(blob(8));
      await store.put(blob(9));
      expect(held(store, hashes)).toEqual([true, false, false, true]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('takes a file with a time far ahead as the one unused for longest, and goes on counting', async () => {
    const folder = await testFolder();
    const [a, b] = await putThree(await open(folder, 3 * SIZE));
    await utimes(pathOf(folder, b), 5_000_000_000, 5_000_000_000);
    const store = await open(folder, 3 * SIZE);
    await store.put(blob(4));
    expect(held(store, [a, b])).toEqual([true, false]);
  });

  it('never lets go what is pinned, under whatever name, here already or to come', async () => {
    const store = await open(await testFolder(), 3 * SIZE);
    const [a, b, c] = await putThree(store);
    store.pin('run', [a]);
    store.pin('rounds', [b]);
    const d = await store.put(blob(4));
    expect(held(store, [a, b, c, d])).toEqual([true, true, false, true]);
    store.pin('rounds', [d]);
    await store.put(blob(5));
    expect(held(store, [a, b, d])).toEqual([true, false, true]);
  });

  it('says what to do when all that it has must stay, and loses nothing', async () => {
    const store = await open(await testFolder(), 3 * SIZE);
    const all = await putThree(store);
    store.pin('run', all);
    await expect(store.put(blob(4))).rejects.toMatchObject({
      code: 'STORAGE',
      message: expect.stringMatching(/quota is 3000 bytes, 3000 bytes are needed.*more disk space/) as string,
    });
    expect(held(store, all)).toEqual([true, true, true]);
    expect(store.usedBytes).toBe(3 * SIZE);
  });

  it('lets nothing go for a blob that would not fit even then', async () => {
    const store = await open(await testFolder(), 3 * SIZE);
    const all = await putThree(store);
    await expect(store.put(pattern(3 * SIZE + 1))).rejects.toMatchObject({ code: 'STORAGE' });
    expect(held(store, all)).toEqual([true, true, true]);
  });

  it('of zero bytes refuses every blob, and goes on', async () => {
    const folder = await testFolder();
    const [a] = await putThree(await open(folder, 3 * SIZE));
    const store = await open(folder, 0);
    await expect(store.put(blob(4))).rejects.toMatchObject({ code: 'STORAGE' });
    expect(await store.get(a)).toEqual(blob(1));
    expect(await store.put(new Uint8Array(0))).toHaveLength(64);
  });

  it('shrinks to a smaller quota with the next blob that comes', async () => {
    const folder = await testFolder();
    await putThree(await open(folder, 3 * SIZE));
    const store = await open(folder, 2 * SIZE);
    expect(store.usedBytes).toBe(3 * SIZE);
    await store.put(blob(4));
    expect(store.usedBytes).toBe(2 * SIZE);
    expect(await bytesIn(folder)).toBe(2 * SIZE);
  });

  it('holds its quota and its pins while many put, read and pin at the same time', async () => {
    const folder = await testFolder();
    const store = await open(folder, 20 * SIZE);
    const pinned = await Promise.all(Array.from({ length: 5 }, (_, i) => store.put(blob(i))));
    store.pin('run', pinned);
    await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const hash = await store.put(blob(100 + (i % 60)));
        expect(store.usedBytes).toBeLessThanOrEqual(20 * SIZE);
        if (i % 7 === 0) store.pin('rounds', [hash]);
        await store.get(pinned[i % pinned.length]!);
      }),
    );
    expect(held(store, pinned)).toEqual(pinned.map(() => true));
    expect(await bytesIn(folder)).toBe(store.usedBytes);
    expect((await open(folder, 20 * SIZE)).usedBytes).toBe(store.usedBytes);
  });

  it('counts what it had when a blob that was to make room cannot be removed', async () => {
    const folder = await testFolder();
    const store = await open(folder, 3 * SIZE);
    const [a] = await putThree(store);
    // In place of the blob's file a folder with something in it, which is not removed as a file is.
    const path = pathOf(folder, a);
    await store.remove(a);
    await store.put(blob(1));
    await rm(path);
    await mkdir(path);
    await writeFile(join(path, 'x'), '');
    await store.get(await store.put(blob(2)));
    await store.get(await store.put(blob(3)));
    await expect(store.put(blob(4))).rejects.toThrow();
    expect(store.usedBytes).toBe(3 * SIZE);
  });
});
