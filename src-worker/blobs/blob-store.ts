import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { ProtocolError, errorMessage } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { BLOB_PIECE_BYTES, DEFAULT_MAX_BLOB_BYTES } from '#protocol/peer/blob-protocol.ts';
import { Slots } from '../peer/slots.ts';
import { syncFolder } from '../weights/replace-file.ts';
import { Bell } from './bell.ts';
import { BlobFile } from './blob-file.ts';
import { type BlobEntry, BlobIndex } from './blob-index.ts';
import { IdlePartials } from './idle-partials.ts';
import { PartialBlob } from './partial-blob.ts';
import { onDisk, quotaError } from './storage-error.ts';
import { type FoundPartial, StoreFolder, unlessMissing } from './store-folder.ts';

export interface BlobStoreOptions {
  /** Made when missing. One process owns it. */
  readonly folder: string;
  /** Largest blob. */
  readonly maxBlobBytes?: number;
  /** Bytes of all blobs together, those on their way included. */
  readonly quotaBytes?: number;
  /** Told of damaged files, and of a folder that cannot be written. */
  readonly warn: (message: string) => void;
}

/** 16 GiB: the rounds of weeks for a small model, and less than one game takes. */
export const DEFAULT_BLOB_QUOTA_BYTES = 16 * 1024 ** 3;

/** The end of a put wakes who waits for room; this is only so that no wait is without an end. */
const PUT_WAIT_MS = 1_000;

/**
 * A folder that cannot be written still gives the blobs that it has.
 * @throws MillraceError STORAGE when there is no folder and none can be made
 */
export async function openBlobStore(options: BlobStoreOptions): Promise<BlobStore> {
  const folder = new StoreFolder(options.folder);
  await onDisk(folder.path, () => folder.prepare()).catch(async (error: unknown) => {
    if ((await unlessMissing(() => stat(folder.path))) === null) throw error;
    options.warn(`Nothing new can be stored: ${errorMessage(error)}`);
  });
  return onDisk(folder.path, async () => new BlobStore(folder, options, await folder.blobs(), await folder.partials()));
}

/**
 * Blobs by their hash. A file appears under its name only when it is whole, so a crash at any instant leaves either the blob or
 * nothing; every read checks the hash again. What was used least recently makes room for what is new, unless it is pinned. All
 * methods may run side by side. What the disk refuses is a MillraceError STORAGE, and leaves what is stored as it was.
 */
export class BlobStore {
  readonly maxBlobBytes: number;
  readonly #folder: StoreFolder;
  readonly #warn: (message: string) => void;
  readonly #index: BlobIndex;
  readonly #idlePartials: IdlePartials;
  /** One change of names at a time: a blob that comes must not meet its own removal. */
  readonly #names = new Slots(1);
  readonly #fetching = new Slots(1);
  /** Puts that hold room. */
  #putCount = 0;
  readonly #putEnded = new Bell();
  #temporaryCount = 0;

  constructor(
    folder: StoreFolder,
    { maxBlobBytes = DEFAULT_MAX_BLOB_BYTES, quotaBytes = DEFAULT_BLOB_QUOTA_BYTES, warn }: BlobStoreOptions,
    blobs: ConstructorParameters<typeof BlobIndex>[1],
    partials: readonly FoundPartial[],
  ) {
    this.#folder = folder;
    this.maxBlobBytes = maxBlobBytes;
    this.#warn = warn;
    this.#index = new BlobIndex(quotaBytes, blobs);
    this.#idlePartials = new IdlePartials(partials, (bytes) => this.#index.release(bytes));
  }

  /** What all blobs together may take. */
  get quotaBytes(): number {
    return this.#index.quotaBytes;
  }

  /** Bytes of blobs, and of what has arrived of others. */
  get usedBytes(): number {
    return this.#index.usedBytes;
  }

  /**
   * The blobs that must stay from now on, whether they are here or come later, in place of those that `name` stood for before.
   * What was pinned earlier and is not any more goes when room is needed, not at once.
   */
  pin(name: string, hashes: Iterable<BlobHash>): void {
    this.#index.pin(name, new Set(hashes));
  }

  /**
   * Stores a blob for good: it is on disk when this resolves, because nobody else may have it.
   * @throws ProtocolError when larger than `maxBlobBytes`; MillraceError STORAGE
   */
  async put(bytes: Uint8Array): Promise<BlobHash> {
    if (bytes.length > this.maxBlobBytes) {
      throw new ProtocolError(`Blob of ${bytes.length} bytes; at most ${this.maxBlobBytes} are stored`);
    }
    const hash = await hashOf(bytes);
    if (await this.#isIntact(hash)) return hash;
    await onDisk(this.#folder.path, async () => {
      await this.#reserve(bytes.length);
      this.#putCount += 1;
      try {
        await this.#write(hash, bytes);
      } finally {
        this.#putCount -= 1;
        this.#putEnded.ring();
      }
    });
    return hash;
  }

  /** The bytes, checked; null when missing. A damaged file is removed and counts as missing. */
  async get(hash: BlobHash): Promise<Uint8Array | null> {
    return onDisk(this.#folder.path, async () => {
      const file = await this.#open(hash);
      if (file === null) return null;
      try {
        const bytes = await file.readAll();
        if (bytes === null) await this.#dropDamaged(hash, file);
        else await this.#used(hash, file);
        return bytes;
      } finally {
        await file.close();
      }
    });
  }

  /** The blob for reading in pieces, checked before; null when missing. The caller closes it. */
  async open(hash: BlobHash): Promise<BlobFile | null> {
    return onDisk(this.#folder.path, async () => {
      const file = await this.#open(hash);
      if (file === null) return null;
      try {
        if (isVerified(this.#index.get(hash), file) || (await file.verify())) {
          await this.#used(hash, file);
          return file;
        }
        await this.#dropDamaged(hash, file);
      } catch (error) {
        await file.close();
        throw error;
      }
      await file.close();
      return null;
    });
  }

  has(hash: BlobHash): boolean {
    return this.#index.get(hash) !== undefined;
  }

  /** In bytes; null when missing. */
  sizeOf(hash: BlobHash): number | null {
    return this.#index.get(hash)?.sizeBytes ?? null;
  }

  /** Also when it is pinned. */
  async remove(hash: BlobHash): Promise<void> {
    await onDisk(this.#folder.path, () => this.#alone(() => this.#unlink(hash)));
  }

  /** Runs one fetch of a blob at a time. @throws MillraceError ABORTED or TIMEOUT by the signal while it waits */
  async fetchAlone<T>(hash: BlobHash, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const free = await this.#fetching.take(hash, signal);
    try {
      return await work();
    } finally {
      free();
    }
  }

  /**
   * Lends the file in which a blob of that size arrives; pieces of an earlier attempt are there still. Only within `fetchAlone`.
   * `work` resolves with null unless the blob is whole: then it is in the store, else its pieces wait for the next attempt. A
   * fetched blob is not forced to the disk: whoever loses power finds it damaged, and fetches it again.
   */
  async receive<T>(
    hash: BlobHash,
    sizeBytes: number,
    work: (partial: PartialBlob) => Promise<T | null>,
  ): Promise<T | null> {
    const path = this.#folder.partial(hash, sizeBytes);
    let bytes = await this.#idlePartials.take(path);
    const received = await onDisk(this.#folder.path, async () => {
      try {
        const partial = await PartialBlob.open({
          ...{ path, sizeBytes },
          reserve: async (more) => {
            await this.#reserve(more);
            bytes += more;
          },
          release: (less) => {
            this.#index.release(less);
            bytes -= less;
          },
        });
        try {
          const result = await work(partial);
          if (result !== null) {
            await this.#finish(hash, partial, () => {
              this.#index.release(bytes);
              bytes = 0;
            });
          }
          return result;
        } finally {
          await partial.close();
        }
      } finally {
        await this.#idlePartials.leave({ hash, path, bytes });
      }
    });
    // What came of a blob under a wrong size is of no use once it is here.
    if (this.has(hash)) await this.#idlePartials.dropAllOf(hash);
    return received;
  }

  async #open(hash: BlobHash): Promise<BlobFile | null> {
    const handle = await unlessMissing(() => open(this.#folder.pathOf(hash), 'r'));
    if (handle === null) {
      // Someone has removed the file.
      this.#index.remove(hash);
      return null;
    }
    return BlobFile.of(handle, hash, this.maxBlobBytes);
  }

  /** Notes that a blob was found intact and is used. */
  async #used(hash: BlobHash, file: BlobFile): Promise<void> {
    const entry = this.#index.get(hash);
    if (entry === undefined) return;
    if (!isVerified(entry, file)) entry.verified = { inode: file.inode, stamp: file.stamp };
    const stamp = this.#index.touch(hash);
    // The order of use is worth no failure: a disk that cannot be written is still read.
    if (stamp !== null) await utimes(this.#folder.pathOf(hash), stamp, stamp).catch(() => undefined);
  }

  async #dropDamaged(hash: BlobHash, file: BlobFile): Promise<void> {
    await this.#alone(async () => {
      // A concurrent put may have replaced the file by a good one: remove only the one that was read.
      const now = await unlessMissing(() => stat(this.#folder.pathOf(hash)));
      if (now !== null && now.ino !== file.inode) return;
      await this.#unlink(hash);
      this.#warn(`Blob ${hash} was damaged on disk and has been removed.`);
    });
  }

  async #isIntact(hash: BlobHash): Promise<boolean> {
    const file = await this.open(hash);
    await file?.close();
    return file !== null;
  }

  /** Within room that was reserved. */
  async #write(hash: BlobHash, bytes: Uint8Array): Promise<void> {
    this.#temporaryCount += 1;
    const temporary = this.#folder.temporary(`${process.pid}-${this.#temporaryCount}`);
    let reserved = bytes.length;
    const release = (): void => {
      this.#index.release(reserved);
      reserved = 0;
    };
    try {
      const handle = await open(temporary, 'wx', 0o600);
      const stamp = this.#index.nextStamp();
      let inode: number;
      try {
        await handle.writeFile(bytes);
        await handle.utimes(stamp, stamp);
        await handle.sync();
        inode = (await handle.stat()).ino;
      } finally {
        await handle.close();
      }
      await this.#alone(async () => {
        const made = await this.#moveIn(hash, temporary, { sizeBytes: bytes.length, stamp, inode }, release);
        await syncFolder(this.#folder.shardOf(hash));
        if (made) await syncFolder(this.#folder.path);
      });
    } finally {
      release();
      await rm(temporary, { force: true });
    }
  }

  async #finish(hash: BlobHash, partial: PartialBlob, release: () => void): Promise<void> {
    const stamp = this.#index.nextStamp();
    await partial.finish(stamp);
    const { path, sizeBytes, inode } = partial;
    await this.#alone(() => this.#moveIn(hash, path, { sizeBytes, stamp, inode }, release));
  }

  /** Gives a file its name; whether its folder had to be made. What was reserved for it counts as a blob from then on. */
  async #moveIn(
    hash: BlobHash,
    from: string,
    { sizeBytes, stamp, inode }: { readonly sizeBytes: number; readonly stamp: number; readonly inode: number },
    release: () => void,
  ): Promise<boolean> {
    const to = this.#folder.pathOf(hash);
    let made = false;
    // Most often the folder is there, and it is not worth a call to the disk to make sure.
    if ((await unlessMissing(() => rename(from, to).then(() => true))) === null) {
      made = (await mkdir(this.#folder.shardOf(hash), { recursive: true })) !== undefined;
      await rename(from, to);
    }
    release();
    this.#index.add(hash, sizeBytes, stamp).verified = { inode, stamp };
    return made;
  }

  /** Makes room: first what is left of fetches that nobody goes on with, then the blobs used least recently. */
  async #reserve(bytes: number): Promise<void> {
    // What is just being put takes room that cannot be had yet, but can as soon as it is a blob.
    while (!(await this.#tryReserve(bytes))) await this.#putEnded.wait(PUT_WAIT_MS);
  }

  async #tryReserve(bytes: number): Promise<boolean> {
    if (this.#index.reserve(bytes)) return true;
    return this.#alone(async () => {
      while (!this.#index.reserve(bytes)) {
        if (await this.#idlePartials.dropOldest()) continue;
        const oldest = this.#index.couldHold(bytes) ? this.#index.leastRecentlyUsed() : null;
        if (oldest !== null) await this.#unlink(oldest);
        else if (this.#putCount > 0) return false;
        else throw quotaError(bytes, this.#index.keptBytes(), this.#index.quotaBytes);
      }
      return true;
    });
  }

  /** Only within `#alone`. From its first moment on the blob counts as missing, so that nobody relies on it. */
  async #unlink(hash: BlobHash): Promise<void> {
    const entry = this.#index.remove(hash);
    try {
      await rm(this.#folder.pathOf(hash), { force: true });
    } catch (error) {
      if (entry !== null) this.#index.restore(hash, entry);
      throw error;
    }
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const free = await this.#names.take('');
    try {
      return await work();
    } finally {
      free();
    }
  }
}

/** The file that was verified, with no change since but the notes of its use. */
const isVerified = (entry: BlobEntry | undefined, { inode, stamp, sizeBytes }: BlobFile): boolean =>
  entry !== undefined &&
  entry.verified?.inode === inode &&
  entry.sizeBytes === sizeBytes &&
  entry.verified.stamp <= stamp &&
  stamp <= entry.stamp;

/** In steps, with room for others in between. */
async function hashOf(bytes: Uint8Array): Promise<BlobHash> {
  const digest = createHash('sha256');
  for (let at = 0; at < bytes.length; at += HASH_STEP_BYTES) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve));
    digest.update(bytes.subarray(at, at + HASH_STEP_BYTES));
  }
  return digest.digest('hex') as BlobHash;
}

const HASH_STEP_BYTES = 16 * BLOB_PIECE_BYTES;
