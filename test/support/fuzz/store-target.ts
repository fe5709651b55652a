import { mkdir, mkdtemp, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '#protocol/errors.ts';
import { blobHash } from '#protocol/hash.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { BLOB_PIECE_BYTES } from '#protocol/peer/blob-protocol.ts';
import type { RandomStream } from '#protocol/random.ts';
import { type BlobStore, openBlobStore } from '#worker/blobs/blob-store.ts';
import { mutate } from './mutate.ts';
import { scratchFolder } from './scratch-folder.ts';
import type { FuzzTarget } from './target.ts';

/** Values that repeat late. */
const bytesOf = (length: number, factor: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * factor) % 251);

/** Two in the store, one of which half has arrived, and one that is put afterwards. */
const stored = [bytesOf(100, 7), bytesOf(5000, 11)] as const;
const hashes = stored.map(blobHash);
const arriving = bytesOf(BLOB_PIECE_BYTES + 700, 13);
const added = bytesOf(60, 17);
const arrivingHash = blobHash(arriving);
const other = bytesOf(400, 19);

const partialName = `partial/${arrivingHash}-${arriving.length}`;
const nameOf = (hash: BlobHash): string => `${hash.slice(0, 2)}/${hash.slice(2)}`;
/** The second piece has arrived: the bytes of both, and a mark for each. */
const partialFile = new Uint8Array(arriving.length + 2);
partialFile.set(arriving.subarray(BLOB_PIECE_BYTES), BLOB_PIECE_BYTES);
partialFile[arriving.length + 1] = 1;

const QUOTA_BYTES = 4 * 2 ** 20;
const MAX_BLOB_BYTES = 2 ** 20;

/** The files of a store, as anything that writes to a disk may leave them. */
export const storeTarget: FuzzTarget = {
  name: 'store',
  about: 'the folder of a blob store: names, lengths, times, kinds and bytes of blobs, partial files and their marks',
  share: 1,
  capBytes: 96 * 2 ** 20,
  async open() {
    const parent = await mkdtemp(scratchFolder());
    let count = 0;
    let last = '';
    return {
      async prepare(random) {
        if (last !== '') await rm(last, { recursive: true, force: true });
        last = join(parent, String((count += 1)));
        // Half a megabyte: not every time.
        const hasPartial = random.nextBelow(4) === 0;
        await damagedStore(last, hasPartial, random);
        return () => use(last, hasPartial);
      },
      close: () => rm(parent, { recursive: true, force: true }),
    };
  },
};

/** Makes a store's folder with one or two faults. */
async function damagedStore(folder: string, hasPartial: boolean, random: RandomStream): Promise<void> {
  const files = new Map<string, Uint8Array>(hashes.map((hash, i) => [nameOf(hash), stored[i]!]));
  if (hasPartial) files.set(partialName, partialFile);
  for (const [name, bytes] of files) await write(folder, name, bytes);
  const names = [...files.keys()];
  for (let fault = random.nextBelow(2); fault >= 0; fault -= 1) {
    const name = names[random.nextBelow(names.length)]!;
    await damage(folder, name, files.get(name)!, random).catch((error: unknown) => {
      // The fault before has taken the file away.
      if (
        !['ENOENT', 'EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY', 'ELOOP', 'ERR_FS_EISDIR', 'EINVAL'].includes(
          errorCode(error) ?? '',
        )
      )
        throw error;
    });
  }
}

async function write(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(join(folder, name, '..'), { recursive: true });
  await writeFile(join(folder, name), bytes);
}

const SIZES = [0, 1, 99, 2 ** 20, 2 ** 20 + 1, 2 ** 31, 2 ** 33];
const CLAIMED_SIZES = [
  '0',
  '1',
  '1048576',
  '4294967296',
  '1099511627776',
  '999999999999999',
  '9999999999999999',
  '-1',
  '1e9',
];
const TIMES = [-1, 0, 0.5, 1e9, 1e9 + 1, 4e9, 4e9 + 1, 2 ** 33];

async function damage(folder: string, name: string, bytes: Uint8Array, random: RandomStream): Promise<void> {
  const path = join(folder, name);
  const pick = <T>(values: readonly T[]): T => values[random.nextBelow(values.length)]!;
  switch (random.nextBelow(10)) {
    case 0:
    case 1: // bytes
      return writeFile(path, mutate(bytes, other, random));
    case 2: // the marks of a partial file, or the end of a blob
      bytes = bytes.slice();
      bytes[bytes.length - 1 - random.nextBelow(2)] = random.nextBelow(256);
      return writeFile(path, bytes);
    case 3: // length, without bytes that take room
      return truncate(path, pick(SIZES));
    case 4: // time
      return utimes(path, pick(TIMES), pick(TIMES));
    case 5: // another name
      return rename(
        path,
        join(folder, pick(['zz', 'ab', 'partial', 'tmp', '']), pick(['x', 'cd'.repeat(31), '..x', 'ä'])),
      );
    case 6: // another claim
      await mkdir(join(folder, 'partial'), { recursive: true });
      return rename(path, join(folder, `partial/${pick([arrivingHash, 'x'])}-${pick(CLAIMED_SIZES)}`));
    case 7: // a folder
      await rm(path);
      await mkdir(path);
      return;
    case 8: // a link, also to nothing and to itself
      await rm(path);
      return symlink(pick(['nothing', path, '/dev/null', '/dev/zero', folder]), path);
    default: // nothing, also in place of a folder
      if (random.nextBelow(2) === 0) return rm(path);
      await rm(join(path, '..'), { recursive: true });
      return writeFile(join(path, '..'), bytes);
  }
}

/** Uses the store in every way: whatever comes back is right. @throws whatever is neither right nor a STORAGE error */
async function use(folder: string, hasPartial: boolean): Promise<boolean> {
  let isIntact = true;
  let store: BlobStore;
  try {
    store = await openBlobStore({
      folder,
      warn: () => undefined,
      quotaBytes: QUOTA_BYTES,
      maxBlobBytes: MAX_BLOB_BYTES,
    });
  } catch (error) {
    if (errorCode(error) === 'STORAGE') return false;
    throw error;
  }
  const attempt = async (step: () => Promise<boolean>): Promise<void> => {
    try {
      if (!(await step())) isIntact = false;
    } catch (error) {
      if (errorCode(error) !== 'STORAGE') throw error;
      isIntact = false;
    }
  };
  for (const [i, hash] of hashes.entries()) {
    await attempt(async () => {
      const file = await store.open(hash);
      await file?.pieceHashes();
      await file?.close();
      return file !== null;
    });
    await attempt(async () => isRight(await store.get(hash), stored[i]!));
  }
  if (hasPartial) await attempt(() => arrive(store));
  await attempt(async () => isRight(await store.get(await store.put(added)), added) || fail('What was put is gone'));
  return isIntact;
}

async function arrive(store: BlobStore): Promise<boolean> {
  let isFirst = true;
  const size = await store.receive(arrivingHash, arriving.length, async (partial) => {
    for (;;) {
      for (let piece = 0; piece < partial.pieceCount; piece += 1) {
        const { offset, sizeBytes } = partial.rangeOf(piece);
        if (!partial.has(piece)) await partial.write(piece, arriving.subarray(offset, offset + sizeBytes));
      }
      if ((await partial.hash()) === arrivingHash) return partial.sizeBytes;
      if (!isFirst) return fail('Right pieces made a wrong blob');
      isFirst = false;
      await partial.clear();
    }
  });
  if (size !== arriving.length) fail('A blob that has arrived has another size');
  if (!isRight(await store.get(arrivingHash), arriving)) fail('A blob that has arrived is gone');
  return isFirst;
}

function isRight(bytes: Uint8Array | null, expected: Uint8Array): boolean {
  if (bytes === null) return false;
  return Buffer.compare(bytes, expected) === 0 || fail('Wrong bytes came back');
}

function fail(what: string): never {
  throw new Error(what);
}
