import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { blobHash } from '#protocol/hash.ts';
import { BLOB_PIECE_BYTES } from '#protocol/peer/blob-protocol.ts';
import { openBlobStore } from '#worker/blobs/blob-store.ts';
import { fetchInto } from '#worker/blobs/fetch-blob.ts';
import { serveBlobs } from '#worker/blobs/serve-blobs.ts';
import { asStorageError } from '#worker/blobs/storage-error.ts';
import { pattern } from '../peer/pattern.ts';
import { addressOf, testFolder, testPeer } from '../peer/test-peers.ts';

/** A disk of a few MiB of its own, where this process may mount one. */
const disk = mkdtempSync(join(tmpdir(), 'millrace-disk-'));
const mount = (...args: readonly string[]): boolean => spawnSync('mount', args).status === 0;
const canMount = mount('-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk);
const unmount = (): void => void spawnSync('umount', [disk]);
if (canMount) unmount();

beforeAll(() => {
  if (!canMount) process.stderr.write('No disk can be mounted here: full and read-only disks are not tested.\n');
});
afterAll(() => rmSync(disk, { recursive: true }));

describe('what a disk refuses', () => {
  it.each([
    ['ENOSPC', /full: free some space/],
    ['EDQUOT', /full: free some space/],
    ['EROFS', /cannot be written: make it writable/],
    ['EACCES', /cannot be written: make it writable/],
    ['EIO', /cannot be used right now/],
    ['EISDIR', /in the way of the blobs: move it/],
  ])('is said in words with what to do: %s', (code, words) => {
    const error = asStorageError('/home/me/blobs', Object.assign(new Error('write failed'), { code }));
    expect(error).toMatchObject({ code: 'STORAGE', message: expect.stringMatching(words) as string });
    expect((error as Error).message).toContain('/home/me/blobs');
  });

  it('is told from what is wrong in the program', () => {
    const bug = new TypeError('not a function');
    expect(asStorageError('/home/me/blobs', bug)).toBe(bug);
  });
});

describe('a store in whose folder lies what is none of its own', () => {
  const blob = pattern(1000);
  const hash = blobHash(blob);
  const place = join(hash.slice(0, 2), hash.slice(2));

  it('opens, and has the blobs beside it', async () => {
    const folder = await testFolder();
    await (await openBlobStore({ folder, warn: () => undefined })).put(blob);
    await mkdir(join(folder, 'ab', 'cd'.repeat(31)), { recursive: true });
    await mkdir(join(folder, 'ef'));
    await symlink('nothing', join(folder, 'ef', 'cd'.repeat(31)));
    await writeFile(join(folder, '99'), 'a file where a folder would be');
    await mkdir(join(folder, 'partial', `${hash}-5`));
    const store = await openBlobStore({ folder, warn: () => undefined });
    expect(await store.get(hash)).toEqual(blob);
    expect(store.usedBytes).toBe(blob.length);
  });

  it('says so when that lies where a blob belongs', async () => {
    const folder = await testFolder();
    await mkdir(join(folder, place), { recursive: true });
    const store = await openBlobStore({ folder, warn: () => undefined });
    for (const use of [() => store.get(hash), () => store.put(blob)]) {
      await expect(use()).rejects.toMatchObject({
        code: 'STORAGE',
        message: expect.stringContaining('move it') as string,
      });
    }
  });

  it('does not take the word of a name for the size of what has arrived', async () => {
    const folder = await testFolder();
    await mkdir(join(folder, 'partial'), { recursive: true });
    // Marks for so many pieces would take 19 GB.
    await writeFile(join(folder, 'partial', `${hash}-9999999999999999`), blob);
    const store = await openBlobStore({ folder, warn: () => undefined });
    expect(store.usedBytes).toBe(0);
  });
});

describe.skipIf(!canMount)('a store on a small disk', () => {
  afterEach(unmount);

  it('says that the disk is full, loses nothing, and goes on when there is room again', async () => {
    mount('-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk);
    const warn = vi.fn<(message: string) => void>();
    const store = await openBlobStore({ folder: disk, warn });
    const kept = pattern(2_000_000, 1);
    const hash = await store.put(kept);
    const second = pattern(3_000_000, 2);
    for (let i = 0; i < 3; i += 1) {
      await expect(store.put(second)).rejects.toMatchObject({
        code: 'STORAGE',
        message: expect.stringContaining('free some space') as string,
      });
    }
    expect(store.usedBytes).toBe(kept.length);
    expect(await store.get(hash)).toEqual(kept);
    await store.remove(hash);
    expect(await store.put(second)).toBe(blobHash(second));
    expect(warn).not.toHaveBeenCalled();
  });

  it('does not blame the source for it when a fetch fills the disk, and goes on later with what it has', async () => {
    mount('-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk);
    const blob = pattern(12 * BLOB_PIECE_BYTES);
    const hash = blobHash(blob);
    const [source, held] = [await testPeer(), await openBlobStore({ folder: await testFolder(), warn: vi.fn() })];
    await held.put(blob);
    await serveBlobs(source, held);
    const [peer, store] = [await testPeer(), await openBlobStore({ folder: disk, warn: vi.fn() })];
    const onFailure = vi.fn();
    const options = { peer, hash, sources: [addressOf(source)], onFailure };
    await expect(fetchInto(store, options)).rejects.toMatchObject({ code: 'STORAGE' });
    expect(onFailure).not.toHaveBeenCalled();
    expect(store.usedBytes).toBeGreaterThan(0);
    mount('-o', 'remount,size=16m', disk);
    await fetchInto(store, options);
    expect(store.usedBytes).toBe(blob.length);
    expect(await store.get(hash)).not.toBeNull();
  });

  it('gives what it has from a disk that cannot be written, and says so', async () => {
    mount('-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk);
    const hash = await (await openBlobStore({ folder: disk, warn: vi.fn() })).put(pattern(1000));
    mount('-o', 'remount,ro', disk);
    const warn = vi.fn<(message: string) => void>();
    const store = await openBlobStore({ folder: disk, warn });
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('make it writable'));
    expect(await store.get(hash)).toEqual(pattern(1000));
    await expect(store.put(pattern(1000, 2))).rejects.toMatchObject({ code: 'STORAGE' });
    mount('-o', 'remount,rw', disk);
    expect(await store.put(pattern(1000, 2))).toHaveLength(64);
  });
});
