import type { BlobHash } from '#protocol/ids.ts';

/** Blobs from the own store, else from peers (and then kept). Whatever comes back has the hash that was asked for. */
export interface BlobSource {
  /**
   * @param from multiaddrs to ask, in this order
   * @throws MillraceError BLOB_MISSING (who was asked and what each answered), ABORTED
   */
  get(hash: BlobHash, options: BlobRequest): Promise<Uint8Array>;
}

export interface BlobRequest {
  readonly from: readonly string[];
  /** A larger blob is refused before anything is allocated. */
  readonly maxBytes: number;
  /** Whether nobody but those of `from` is looked for. */
  readonly onlyFrom?: boolean;
  readonly signal: AbortSignal;
}
