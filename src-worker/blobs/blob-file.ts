import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { BlobHash } from '#protocol/ids.ts';
import { BLOB_PIECE_BYTES } from '#protocol/peer/blob-protocol.ts';

/** One blob opened for reading. It keeps its bytes even when the store removes or replaces the file. */
export class BlobFile {
  readonly hash: BlobHash;
  readonly sizeBytes: number;
  readonly inode: number;
  /** Changes when the file is written again. */
  readonly version: string;
  readonly #handle: FileHandle;
  readonly #maxBytes: number;

  private constructor(
    handle: FileHandle,
    hash: BlobHash,
    maxBytes: number,
    stats: { readonly size: number; readonly ino: number; readonly mtimeMs: number },
  ) {
    this.hash = hash;
    this.sizeBytes = stats.size;
    this.inode = stats.ino;
    this.version = `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
    this.#handle = handle;
    this.#maxBytes = maxBytes;
  }

  static async of(handle: FileHandle, hash: BlobHash, maxBytes: number): Promise<BlobFile> {
    try {
      return new BlobFile(handle, hash, maxBytes, await handle.stat());
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The bytes in order; each piece is a buffer of its own. */
  async *pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < this.sizeBytes;) {
      const piece = new Uint8Array(Math.min(BLOB_PIECE_BYTES, this.sizeBytes - at));
      const { bytesRead } = await this.#handle.read(piece, 0, piece.length, at);
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  /** Whether the bytes on disk are those that the hash names. */
  async verify(): Promise<boolean> {
    if (this.sizeBytes > this.#maxBytes) return false;
    const digest = createHash('sha256');
    for await (const piece of this.pieces()) digest.update(piece);
    return digest.digest('hex') === this.hash;
  }

  /** All bytes, or null when they are not those that the hash names. */
  async readAll(): Promise<Uint8Array | null> {
    if (this.sizeBytes > this.#maxBytes) return null;
    const bytes = new Uint8Array(this.sizeBytes);
    const digest = createHash('sha256');
    let at = 0;
    for await (const piece of this.pieces()) {
      bytes.set(piece, at);
      digest.update(piece);
      at += piece.length;
    }
    return digest.digest('hex') === this.hash ? bytes : null;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
