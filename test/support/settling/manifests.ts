import type { BlobHash, Hotkey } from '#protocol/ids.ts';

/** What matters of a manifest when it comes to settling on one. */
export interface LittleManifest {
  readonly hash: BlobHash;
  readonly round: number;
  readonly signer: Hotkey;
  /** What it builds on; `null`: the first state of the run. */
  readonly previous: BlobHash | null;
  readonly step: number;
  /** Recomputing gives another root than it says. */
  readonly isFalse: boolean;
  /** Not the selection that anyone else would have made. */
  readonly isUnfair: boolean;
  /** Nobody can fetch it. */
  readonly isKeptBack: boolean;
}

export class LittleManifests {
  readonly #all = new Map<BlobHash, LittleManifest>();

  make(manifest: Omit<LittleManifest, 'hash' | 'step'>): LittleManifest {
    const hash = (this.#all.size + 1).toString(16).padStart(64, '0') as BlobHash;
    const step = this.stepOf(manifest.previous) + 1;
    const made = { ...manifest, hash, step };
    this.#all.set(hash, made);
    return made;
  }

  of(hash: BlobHash): LittleManifest {
    const found = this.#all.get(hash);
    if (found === undefined) throw new Error(`Nobody made ${hash}`);
    return found;
  }

  stepOf(hash: BlobHash | null): number {
    return hash === null ? 0 : this.of(hash).step;
  }

  /** Nobody can build on what is false: then all that follows it is. */
  isFalse(hash: BlobHash | null): boolean {
    if (hash === null) return false;
    const { isFalse, previous } = this.of(hash);
    return isFalse || this.isFalse(previous);
  }

  /** Whether one is the other, or is on the way to it. */
  isOnTheWay(from: BlobHash | null, to: BlobHash | null): boolean {
    for (let at = to; ; at = this.of(at).previous) {
      if (at === from) return true;
      if (at === null) return false;
    }
  }
}
