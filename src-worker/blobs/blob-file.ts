import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { BlobHash } from '#protocol/ids.ts';
import { BLOB_PIECE_BYTES, PIECE_HASH_BYTES, pieceCount } from '#protocol/peer/blob-protocol.ts';

/** One blob opened for reading. It keeps its bytes even when the store removes or replaces the file. */
export class BlobFile {
  readonly hash: BlobHash;
  readonly sizeBytes: number;
  readonly inode: number;
  /** Time of change in whole seconds: by it the store knows a file that it has verified. */
  readonly stamp: number;
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
    this.stamp = Math.round(stats.mtimeMs / 1000);
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

  /** Bytes of this part, in a buffer of their own; fewer when the file has become shorter. */
  async range(offset: number, sizeBytes: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(sizeBytes);
    const { bytesRead } = await this.#handle.read(bytes, 0, sizeBytes, offset);
    return bytes.subarray(0, bytesRead);
  }

  /** The bytes in order; each piece is a buffer of its own. */
  async *pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < this.sizeBytes;) {
      const piece = await this.range(at, Math.min(BLOB_PIECE_BYTES, this.sizeBytes - at));
      if (piece.length === 0) return;
      yield piece;
      at += piece.length;
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

  /** SHA-256 of every piece, one after the other. */
  async pieceHashes(): Promise<Uint8Array> {
    const hashes = new Uint8Array(pieceCount(this.sizeBytes) * PIECE_HASH_BYTES);
    let piece = 0;
    for await (const bytes of this.pieces()) {
      hashes.set(createHash('sha256').update(bytes).digest(), piece * PIECE_HASH_BYTES);
      piece += 1;
    }
    return hashes;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
