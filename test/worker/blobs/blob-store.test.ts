import { readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { blobHash } from '#protocol/hash.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { type BlobStore, openBlobStore } from '#worker/blobs/blob-store.ts';
import { pattern } from '../peer/pattern.ts';
import { testFolder } from '../peer/test-peers.ts';

const blob = pattern(300_000);
const hash = blobHash(blob);

interface Opened {
  readonly folder: string;
  readonly store: BlobStore;
  readonly warn: ReturnType<typeof vi.fn<(message: string) => void>>;
}

async function opened(maxBlobBytes?: number): Promise<Opened> {
  const folder = await testFolder();
  const warn = vi.fn<(message: string) => void>();
  const limit = maxBlobBytes === undefined ? {} : { maxBlobBytes };
  return { folder, warn, store: await openBlobStore({ folder, warn, ...limit }) };
}

const pathOf = (folder: string, of: BlobHash = hash): string => join(folder, of.slice(0, 2), of.slice(2));

describe('a blob in the store', () => {
  it('is found under its hash, and outlives the process', async () => {
    const { folder, store, warn } = await opened();
    expect(await store.put(blob)).toBe(hash);
    const again = await openBlobStore({ folder, warn });
    expect(await again.get(hash)).toEqual(blob);
    expect(again.has(hash)).toBe(true);
    expect(again.sizeOf(hash)).toBe(blob.length);
    expect(new Uint8Array(await readFile(pathOf(folder)))).toEqual(blob);
  });

  it('may be empty', async () => {
    const { store } = await opened();
    const empty = await store.put(new Uint8Array(0));
    expect(await store.get(empty)).toEqual(new Uint8Array(0));
  });

  it('is missing until it is put', async () => {
    const { store } = await opened();
    expect([await store.get(hash), await store.open(hash), store.sizeOf(hash)]).toEqual([null, null, null]);
    expect(store.has(hash)).toBe(false);
  });

  it('is not written a second time', async () => {
    const { folder, store } = await opened();
    await store.put(blob);
    const { ino } = await stat(pathOf(folder));
    await store.put(blob);
    expect((await stat(pathOf(folder))).ino).toBe(ino);
  });

  it('is whole when many put and read it at the same time', async () => {
    const { folder, store, warn } = await opened();
    const others = Array.from({ length: 10 }, (_, i) => pattern(50_000, i));
    await Promise.all([...others, ...others, blob, blob].map((bytes) => store.put(bytes)));
    const all = [...others, blob];
    expect(await Promise.all(all.map((bytes) => store.get(blobHash(bytes))))).toEqual(all);
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
    expect(warn).not.toHaveBeenCalled();
  });

  it('can be read to its end although it is removed meanwhile', async () => {
    const { store } = await opened();
    await store.put(blob);
    const file = (await store.open(hash))!;
    await store.remove(hash);
    const pieces: Uint8Array[] = [];
    for await (const piece of file.pieces()) pieces.push(piece);
    await file.close();
    expect(blobHash(Buffer.concat(pieces))).toBe(hash);
    expect(store.has(hash)).toBe(false);
  });
});

describe('a damaged file', () => {
  const damages: readonly (readonly [string, (path: string) => Promise<void>])[] = [
    ['of other bytes', (path) => writeFile(path, pattern(blob.length, 9))],
    ['that is truncated', (path) => writeFile(path, blob.subarray(0, 1000))],
    ['that is longer', (path) => writeFile(path, Buffer.concat([blob, new Uint8Array(1)]))],
    ['that is empty', (path) => writeFile(path, '')],
  ];

  it.each(damages)('%s is removed, reported, and missing', async (_what, damage) => {
    const { folder, store, warn } = await opened();
    await store.put(blob);
    await damage(pathOf(folder));
    expect(await store.get(hash)).toBeNull();
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(hash));
    expect(store.has(hash)).toBe(false);
  });

  it.each(damages)('%s is not opened for a peer either', async (_what, damage) => {
    const { folder, store, warn } = await opened();
    await store.put(blob);
    await (await store.open(hash))?.close();
    await damage(pathOf(folder));
    // Were the clock too coarse to show the change, the size or the time of another day shows it.
    await utimes(pathOf(folder), 1, 1);
    expect(await store.open(hash)).toBeNull();
    expect(warn).toHaveBeenCalledOnce();
  });

  it('is healed by putting the blob again', async () => {
    const { folder, store, warn } = await opened();
    await store.put(blob);
    await writeFile(pathOf(folder), pattern(10));
    await store.put(blob);
    expect(await store.get(hash)).toEqual(blob);
    expect(warn).toHaveBeenCalledOnce();
  });
});

describe('a write that does not end well', () => {
  it('is refused when the blob is larger than the store takes', async () => {
    const { store } = await opened(1000);
    await expect(store.put(pattern(1001))).rejects.toMatchObject({ code: 'PROTOCOL' });
    expect(await store.put(pattern(1000))).toBe(blobHash(pattern(1000)));
  });

  it('of a process that was killed is cleaned up at the next start, and blobs stay', async () => {
    const { folder, store, warn } = await opened();
    await store.put(blob);
    await writeFile(join(folder, 'tmp', '4711-1'), blob.subarray(0, 5));
    const again = await openBlobStore({ folder, warn });
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
    expect(await again.get(hash)).toEqual(blob);
  });
});
