import { MillraceError } from '#protocol/errors.ts';
import { blobHash } from '#protocol/hash.ts';
import type { BlobHash } from '#protocol/ids.ts';
import type { BlobRequest, BlobSource } from '#worker/run/blob-source.ts';

export interface MemoryBlobs extends BlobSource {
  put(bytes: Uint8Array): BlobHash;
  remove(hash: BlobHash): void;
  /** As from the own store, without a trace in `asked`. */
  read(hash: BlobHash): Uint8Array | null;
  /** Every request so far, in order. */
  readonly asked: { readonly hash: BlobHash; readonly from: readonly string[]; readonly maxBytes: number }[];
}

/** Blobs in a map. As the real source it refuses what is larger than asked for, and stops when the signal says so. */
export function createMemoryBlobs(): MemoryBlobs {
  const blobs = new Map<BlobHash, Uint8Array>();
  const asked: MemoryBlobs['asked'] = [];
  const give = (hash: BlobHash, { maxBytes, signal }: BlobRequest): Uint8Array => {
    if (signal.aborted) throw new MillraceError('ABORTED', `Blob ${hash}: stopped`);
    const bytes = blobs.get(hash);
    if (bytes === undefined || bytes.length > maxBytes) {
      throw new MillraceError('BLOB_MISSING', `No source has blob ${hash} of at most ${maxBytes} bytes`);
    }
    return bytes;
  };
  return {
    asked,
    put(bytes) {
      const hash = blobHash(bytes);
      blobs.set(hash, bytes);
      return hash;
    },
    read: (hash) => blobs.get(hash) ?? null,
    remove: (hash) => void blobs.delete(hash),
    get: (hash, request) =>
      new Promise((resolve) => {
        asked.push({ hash, from: request.from, maxBytes: request.maxBytes });
        resolve(give(hash, request));
      }),
  };
}
