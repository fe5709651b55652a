import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MillraceError, ProtocolError, errorCode } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { BLOB_PIECE_BYTES, DEFAULT_MAX_BLOB_BYTES } from '#protocol/peer/blob-protocol.ts';
import { BlobFile } from './blob-file.ts';

export interface BlobStoreOptions {
  /** Made when missing. One process owns it. */
  readonly folder: string;
  /** Largest blob. */
  readonly maxBlobBytes?: number;
  /** Told of damaged files. */
  readonly warn: (message: string) => void;
}

/** @throws what the file system throws when the folder cannot be made */
export async function openBlobStore(options: BlobStoreOptions): Promise<BlobStore> {
  const { folder, maxBlobBytes = DEFAULT_MAX_BLOB_BYTES, warn } = options;
  const temporary = join(folder, TEMPORARY_FOLDER);
  // What an interrupted write left behind is in nobody's way, but takes space.
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  return new BlobStore(folder, maxBlobBytes, warn);
}

const TEMPORARY_FOLDER = 'tmp';
const SHARD_NAME = /^[0-9a-f]{2}$/;
const REST_NAME = /^[0-9a-f]{62}$/;

/**
 * Blobs by their hash, each in a file `ab/cdef…`. A file appears under its name only when it is whole and on disk, so a crash
 * at any instant leaves either the blob or nothing; every read checks the hash again. All methods may run side by side.
 */
export class BlobStore {
  readonly maxBlobBytes: number;
  readonly #folder: string;
  readonly #warn: (message: string) => void;
  /** Files whose bytes were found to match since this store was opened: size and time of change, by hash. */
  readonly #verified = new Map<BlobHash, string>();
  #temporaryCount = 0;

  constructor(folder: string, maxBlobBytes: number, warn: (message: string) => void) {
    this.#folder = folder;
    this.maxBlobBytes = maxBlobBytes;
    this.#warn = warn;
  }

  /** @throws ProtocolError when larger than `maxBlobBytes` */
  async put(bytes: Uint8Array): Promise<BlobHash> {
    return this.#write(slices(bytes), null);
  }

  /**
   * Stores what arrives in pieces, without holding it in memory. Nothing is kept unless the whole matches.
   * @throws MillraceError BLOB_MISMATCH when the hash is another; ProtocolError when larger than `maxBlobBytes`
   */
  async putPieces(hash: BlobHash, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#write(pieces, hash);
  }

  /** The bytes, checked; null when missing. A damaged file is removed and counts as missing. */
  async get(hash: BlobHash): Promise<Uint8Array | null> {
    const file = await this.#open(hash);
    if (file === null) return null;
    try {
      const bytes = await file.readAll();
      if (bytes !== null) return bytes;
      await this.#dropDamaged(hash, file);
      return null;
    } finally {
      await file.close();
    }
  }

  /** The blob for reading in pieces, checked before; null when missing. The caller closes it. */
  async open(hash: BlobHash): Promise<BlobFile | null> {
    const file = await this.#open(hash);
    if (file === null) return null;
    try {
      if (this.#verified.get(hash) === file.version) return file;
      if (await file.verify()) {
        this.#verified.set(hash, file.version);
        return file;
      }
      await this.#dropDamaged(hash, file);
    } catch (error) {
      await file.close();
      throw error;
    }
    await file.close();
    return null;
  }

  async has(hash: BlobHash): Promise<boolean> {
    return (await this.sizeOf(hash)) !== null;
  }

  /** In bytes; null when missing. */
  async sizeOf(hash: BlobHash): Promise<number | null> {
    return unlessMissing(async () => (await stat(this.#pathOf(hash))).size);
  }

  async remove(hash: BlobHash): Promise<void> {
    this.#verified.delete(hash);
    await rm(this.#pathOf(hash), { force: true });
  }

  /** Removes every blob that is not named; returns how many. Blobs put while it runs must be named too, or they may go. */
  async keepOnly(hashes: ReadonlySet<BlobHash>): Promise<number> {
    let removed = 0;
    for (const hash of await this.#list()) {
      if (hashes.has(hash)) continue;
      await this.remove(hash);
      removed += 1;
    }
    return removed;
  }

  async #list(): Promise<readonly BlobHash[]> {
    const found: BlobHash[] = [];
    for (const shard of await readdir(this.#folder)) {
      if (!SHARD_NAME.test(shard)) continue;
      const names = await readdir(join(this.#folder, shard));
      for (const name of names) if (REST_NAME.test(name)) found.push((shard + name) as BlobHash);
    }
    return found;
  }

  async #open(hash: BlobHash): Promise<BlobFile | null> {
    const handle = await unlessMissing(() => open(this.#pathOf(hash), 'r'));
    return handle === null ? null : BlobFile.of(handle, hash, this.maxBlobBytes);
  }

  async #dropDamaged(hash: BlobHash, file: BlobFile): Promise<void> {
    // A concurrent put may have replaced the file by a good one: remove only the one that was read.
    const now = await unlessMissing(() => stat(this.#pathOf(hash)));
    if (now !== null && now.ino !== file.inode) return;
    await this.remove(hash);
    this.#warn(`Blob ${hash} was damaged on disk and has been removed.`);
  }

  async #write(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, expected: BlobHash | null): Promise<BlobHash> {
    this.#temporaryCount += 1;
    const temporary = join(this.#folder, TEMPORARY_FOLDER, `${process.pid}-${this.#temporaryCount}`);
    try {
      const handle = await open(temporary, 'wx');
      let hash: BlobHash;
      try {
        hash = await this.#copy(pieces, handle);
        if (expected !== null && hash !== expected) {
          throw new MillraceError('BLOB_MISMATCH', `Bytes of blob ${hash}, not of ${expected}`);
        }
        if (await this.#isIntact(hash)) return hash;
        await handle.sync();
      } finally {
        await handle.close();
      }
      const path = this.#pathOf(hash);
      await mkdir(dirname(path), { recursive: true });
      await rename(temporary, path);
      return hash;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async #copy(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, handle: FileHandle): Promise<BlobHash> {
    const digest = createHash('sha256');
    let sizeBytes = 0;
    for await (const piece of pieces) {
      sizeBytes += piece.length;
      if (sizeBytes > this.maxBlobBytes) {
        throw new ProtocolError(`Blob of more than ${this.maxBlobBytes} bytes, the most that is stored`);
      }
      digest.update(piece);
      await handle.writeFile(piece);
    }
    return digest.digest('hex') as BlobHash;
  }

  async #isIntact(hash: BlobHash): Promise<boolean> {
    const file = await this.open(hash);
    await file?.close();
    return file !== null;
  }

  #pathOf(hash: BlobHash): string {
    return join(this.#folder, hash.slice(0, 2), hash.slice(2));
  }
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += BLOB_PIECE_BYTES) yield bytes.subarray(at, at + BLOB_PIECE_BYTES);
}

async function unlessMissing<T>(action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
