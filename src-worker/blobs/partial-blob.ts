import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { BlobHash } from '#protocol/ids.ts';
import { BLOB_PIECE_BYTES, pieceCount } from '#protocol/peer/blob-protocol.ts';

export interface PartialBlobOptions {
  readonly path: string;
  readonly sizeBytes: number;
  /** Makes room before a piece is written that was not there; throws when there is none. */
  readonly reserve: (bytes: number) => Promise<void>;
  readonly release: (bytes: number) => void;
}

/**
 * A blob on its way, in a file that outlives the process: the bytes, and behind them one byte for each piece, 1 when it is
 * there. A piece is marked after it was written, so a process killed at any instant has at worst one piece more than it knows.
 * After a loss of power a mark may stand for bytes that never reached the disk: the hash of the whole decides, not the marks.
 */
export class PartialBlob {
  readonly path: string;
  readonly sizeBytes: number;
  readonly pieceCount: number;
  readonly inode: number;
  readonly #options: PartialBlobOptions;
  readonly #handle: FileHandle;
  readonly #done: Uint8Array;
  #digest = createHash('sha256');
  /** Pieces that the digest has taken: a part of the front. */
  #digested = 0;
  /** Counts the times that the digest began anew. */
  #digestRun = 0;
  #following: Promise<void> | null = null;
  #marksChanged = false;
  #marking: Promise<void> | null = null;

  private constructor(options: PartialBlobOptions, handle: FileHandle, done: Uint8Array, inode: number) {
    this.#options = options;
    this.path = options.path;
    this.sizeBytes = options.sizeBytes;
    this.pieceCount = done.length;
    this.#handle = handle;
    this.#done = done;
    this.inode = inode;
  }

  /** Goes on with what an earlier fetch has left at `path`, whose bytes are reserved already, or begins. */
  static async open(options: PartialBlobOptions): Promise<PartialBlob> {
    const handle = await open(options.path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      const stats = await handle.stat();
      const partial = new PartialBlob(
        options,
        handle,
        await readMarks(handle, stats.size, options.sizeBytes),
        stats.ino,
      );
      if (!partial.#done.includes(1)) await partial.#makeEmpty(stats.size);
      return partial;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  has(piece: number): boolean {
    return this.#done[piece] === 1;
  }

  /** Of the bytes of one piece in the blob. */
  rangeOf(piece: number): { readonly offset: number; readonly sizeBytes: number } {
    const offset = piece * BLOB_PIECE_BYTES;
    return { offset, sizeBytes: Math.min(BLOB_PIECE_BYTES, this.sizeBytes - offset) };
  }

  /** Keeps a piece; in place of the one that was there, if one was. */
  async write(piece: number, bytes: Uint8Array): Promise<void> {
    const isNew = !this.has(piece);
    if (isNew) await this.#options.reserve(bytes.length);
    else if (piece <= this.#digested) this.#digestAnew();
    if (piece === this.#digested) {
      this.#digest.update(bytes);
      this.#digested += 1;
    }
    try {
      await writeAll(this.#handle, bytes, piece * BLOB_PIECE_BYTES);
    } catch (error) {
      if (isNew) this.#options.release(bytes.length);
      throw error;
    }
    this.#done[piece] = 1;
    // A mark that is lost costs one piece; the next piece shows whether the disk takes any more. After the last one the blob is whole.
    if (this.#done.includes(0)) this.#mark().catch(() => undefined);
    // What fails here fails again, and is seen, when the hash is asked for.
    if (this.has(this.#digested)) this.#follow().catch(() => undefined);
  }

  /** SHA-256 of the whole, once every piece is there. */
  async hash(): Promise<BlobHash> {
    while (this.#digested < this.pieceCount) await this.#follow();
    // A copy, so that it can be asked again after a piece was replaced.
    return this.#digest.copy().digest('hex') as BlobHash;
  }

  /** SHA-256 of one piece as it lies in the file. */
  async hashOf(piece: number): Promise<Buffer> {
    return createHash('sha256')
      .update(await this.#read(piece))
      .digest();
  }

  /** Forgets every piece: none of them can be relied on. */
  async clear(): Promise<void> {
    await this.#marking?.catch(() => undefined);
    await this.#makeEmpty(this.sizeBytes);
    this.#options.release(bytesDone(this.#done, this.sizeBytes));
    this.#done.fill(0);
    this.#digestAnew();
  }

  /** Leaves nothing but the bytes, and sets the file's time of change in seconds. */
  async finish(stamp: number): Promise<void> {
    await this.#marking?.catch(() => undefined);
    await this.#handle.truncate(this.sizeBytes);
    await this.#handle.utimes(stamp, stamp);
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#marking, this.#following]);
    await this.#handle.close();
  }

  /** Writes the marks behind the bytes: again at once, when more have come meanwhile. */
  #mark(): Promise<void> {
    this.#marksChanged = true;
    this.#marking ??= (async () => {
      while (this.#marksChanged) {
        this.#marksChanged = false;
        await writeAll(this.#handle, this.#done.slice(), this.sizeBytes);
      }
    })().finally(() => {
      this.#marking = null;
    });
    return this.#marking;
  }

  #digestAnew(): void {
    this.#digest = createHash('sha256');
    this.#digested = 0;
    this.#digestRun += 1;
  }

  /** Reads pieces that came out of turn again and hashes them, while others are still on their way. */
  #follow(): Promise<void> {
    this.#following ??= (async () => {
      while (this.has(this.#digested)) {
        const [piece, run] = [this.#digested, this.#digestRun];
        const bytes = await this.#read(piece);
        if (run !== this.#digestRun || piece !== this.#digested) continue;
        this.#digest.update(bytes);
        this.#digested += 1;
      }
    })().finally(() => {
      this.#following = null;
    });
    return this.#following;
  }

  /** Of several pieces, its full length from the start: then a file of just the blob's size can only be one that was finished. */
  async #makeEmpty(sizeBefore: number): Promise<void> {
    if (sizeBefore > 0) await this.#handle.truncate(0);
    if (this.pieceCount > 1) await this.#handle.truncate(this.sizeBytes + this.pieceCount);
  }

  async #read(piece: number): Promise<Uint8Array> {
    const { offset, sizeBytes } = this.rangeOf(piece);
    const bytes = new Uint8Array(sizeBytes);
    const { bytesRead } = await this.#handle.read(bytes, 0, sizeBytes, offset);
    return bytes.subarray(0, bytesRead);
  }
}

/** Bytes of the pieces that a file at `path` holds, as its marks say; the name claims the size, and is believed only if the file has it. */
export async function partialBytes(path: string, sizeBytes: number): Promise<number> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size < sizeBytes) return 0;
    return bytesDone(await readMarks(handle, size, sizeBytes), sizeBytes);
  } finally {
    await handle.close();
  }
}

/** A file of just the blob's size was finished, but its process ended before it got its name: every piece is there. */
async function readMarks(handle: FileHandle, size: number, sizeBytes: number): Promise<Uint8Array> {
  const marks = new Uint8Array(pieceCount(sizeBytes));
  if (size === sizeBytes) return marks.fill(1);
  if (size !== sizeBytes + marks.length) return marks;
  await handle.read(marks, 0, marks.length, sizeBytes);
  return marks.map((mark) => (mark === 1 ? 1 : 0));
}

function bytesDone(marks: Uint8Array, sizeBytes: number): number {
  let bytes = 0;
  for (const [piece, mark] of marks.entries()) {
    if (mark === 1) bytes += Math.min(BLOB_PIECE_BYTES, sizeBytes - piece * BLOB_PIECE_BYTES);
  }
  return bytes;
}

/** A disk that is nearly full takes a part and says nothing. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += (await handle.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
  }
}
