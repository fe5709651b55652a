import type { BlobHash } from '#protocol/ids.ts';

/** Keeps blobs in the store for as long as others may ask for them, by the age at which they were last used. */
export interface BlobRetention {
  /** These blobs were used at `age` (a round, a step): they stay at least as long as that age counts. */
  note(age: number, hashes: Iterable<BlobHash>): void;
  /** What was last used before `age` may go from now on: when the store needs room, the least recently used first. */
  dropBefore(age: number): void;
}

/** @param name of the set of pins in the store that this keeps */
export function createBlobRetention(
  store: { pin(name: string, hashes: Iterable<BlobHash>): void },
  name: string,
): BlobRetention {
  const lastUse = new Map<BlobHash, number>();
  const keep = (): void => store.pin(name, lastUse.keys());
  return {
    note(age, hashes) {
      for (const hash of hashes) lastUse.set(hash, Math.max(age, lastUse.get(hash) ?? age));
      keep();
    },
    dropBefore(age) {
      for (const [hash, usedAt] of lastUse) if (usedAt < age) lastUse.delete(hash);
      keep();
    },
  };
}
