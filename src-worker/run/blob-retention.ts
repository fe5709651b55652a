import type { BlobHash } from '#protocol/ids.ts';

/** Forgets blobs once nobody can ask for them any more, by the age at which they were last used. */
export interface BlobRetention {
  /** These blobs were used at `age` (a round, a step): they stay at least as long as that age counts. */
  note(age: number, hashes: readonly BlobHash[]): void;
  /** Removes what was last used before `age`. */
  dropBefore(age: number): Promise<void>;
}

/** @param isKept blobs that never go (the run's data pages) */
export function createBlobRetention(
  store: { remove(hash: BlobHash): Promise<void> },
  isKept: (hash: BlobHash) => boolean,
): BlobRetention {
  const lastUse = new Map<BlobHash, number>();
  return {
    note(age, hashes) {
      for (const hash of hashes) if (!isKept(hash)) lastUse.set(hash, Math.max(age, lastUse.get(hash) ?? age));
    },
    async dropBefore(age) {
      for (const [hash, usedAt] of lastUse) {
        if (usedAt >= age) continue;
        await store.remove(hash);
        lastUse.delete(hash);
      }
    },
  };
}
