import type { BlobHash } from '#protocol/ids.ts';

/** What the store knows of one blob. */
export interface BlobEntry {
  readonly sizeBytes: number;
  /** Place in the order of use: higher is later. No time, so no clock can spoil it. */
  stamp: number;
  /** The file whose bytes were found to match since the store was opened. */
  verified: { readonly inode: number; readonly stamp: number } | null;
}

/** Stamps are kept as a file's time of change in seconds. From here on every file system can, also FAT, whose seconds are even. */
const FIRST_STAMP = 1_000_000_000;
const STAMP_STEP = 2;
/** Later times are none of ours: a clock was wrong, or the file came from elsewhere. Such a file counts as unused for longest. */
const LAST_STAMP = 4_000_000_000;

/** Which blobs there are, in the order of their use, which of them must stay, and how many bytes they take. Pure bookkeeping. */
export class BlobIndex {
  readonly quotaBytes: number;
  /** Least recently used first. */
  readonly #entries = new Map<BlobHash, BlobEntry>();
  readonly #pins = new Map<string, ReadonlySet<BlobHash>>();
  #blobBytes = 0;
  #reservedBytes = 0;
  #stamp = FIRST_STAMP;

  /** @param found what lay in the folder: the stamp is the file's time of change in seconds */
  constructor(quotaBytes: number, found: readonly { hash: BlobHash; sizeBytes: number; stamp: number }[]) {
    this.quotaBytes = quotaBytes;
    const ordered = found
      .map((blob) => ({ ...blob, stamp: blob.stamp > LAST_STAMP ? 0 : Math.max(0, blob.stamp) }))
      .toSorted((a, b) => a.stamp - b.stamp || (a.hash < b.hash ? -1 : 1));
    for (const { hash, sizeBytes, stamp } of ordered) {
      this.#entries.set(hash, { sizeBytes, stamp, verified: null });
      this.#blobBytes += sizeBytes;
      this.#stamp = Math.max(this.#stamp, stamp);
    }
  }

  /** Of blobs and of what is being written. */
  get usedBytes(): number {
    return this.#blobBytes + this.#reservedBytes;
  }

  get(hash: BlobHash): BlobEntry | undefined {
    return this.#entries.get(hash);
  }

  /** Enters a blob as the one used last. */
  add(hash: BlobHash, sizeBytes: number, stamp: number): BlobEntry {
    this.remove(hash);
    const entry: BlobEntry = { sizeBytes, stamp, verified: null };
    this.#entries.set(hash, entry);
    this.#blobBytes += sizeBytes;
    return entry;
  }

  /** Puts a blob back that could not be removed after all: as the one used longest ago. */
  restore(hash: BlobHash, entry: BlobEntry): void {
    if (this.#entries.has(hash)) return;
    const others = [...this.#entries];
    this.#entries.clear();
    for (const [key, value] of [[hash, entry] as const, ...others]) this.#entries.set(key, value);
    this.#blobBytes += entry.sizeBytes;
  }

  remove(hash: BlobHash): BlobEntry | null {
    const entry = this.#entries.get(hash);
    if (entry === undefined) return null;
    this.#entries.delete(hash);
    this.#blobBytes -= entry.sizeBytes;
    return entry;
  }

  /** Notes a use; the new stamp to keep on disk, or null when the blob is the newest anyway or is gone. */
  touch(hash: BlobHash): number | null {
    const entry = this.#entries.get(hash);
    if (entry === undefined || entry.stamp === this.#stamp) return null;
    this.#entries.delete(hash);
    this.#entries.set(hash, entry);
    entry.stamp = this.nextStamp();
    return entry.stamp;
  }

  nextStamp(): number {
    this.#stamp += STAMP_STEP;
    return this.#stamp;
  }

  /** From now on these blobs stay, whether they are here already or come later; they take the place of `name`'s earlier ones. */
  pin(name: string, hashes: ReadonlySet<BlobHash>): void {
    this.#pins.set(name, hashes);
  }

  isPinned(hash: BlobHash): boolean {
    for (const hashes of this.#pins.values()) if (hashes.has(hash)) return true;
    return false;
  }

  /** Takes room for bytes about to be written, when there is enough. */
  reserve(bytes: number): boolean {
    if (this.usedBytes + bytes > this.quotaBytes) return false;
    this.#reservedBytes += bytes;
    return true;
  }

  /** Gives room back, because the bytes are gone or are counted as a blob from now on. */
  release(bytes: number): void {
    this.#reservedBytes -= bytes;
  }

  /** The blob that goes first when room is needed. */
  leastRecentlyUsed(): BlobHash | null {
    for (const hash of this.#entries.keys()) if (!this.isPinned(hash)) return hash;
    return null;
  }

  /** Whether removing everything that may go would make room for so many bytes. */
  couldHold(bytes: number): boolean {
    return this.keptBytes() + this.#reservedBytes + bytes <= this.quotaBytes;
  }

  /** Bytes of blobs that must stay. */
  keptBytes(): number {
    let bytes = 0;
    for (const [hash, { sizeBytes }] of this.#entries) if (this.isPinned(hash)) bytes += sizeBytes;
    return bytes;
  }
}
