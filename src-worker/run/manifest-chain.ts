import { ProtocolError } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import type { Manifest } from '#protocol/round/manifest.ts';

export interface LinkedManifest {
  readonly hash: BlobHash;
  readonly manifest: Manifest;
}

/** Checkpoints come far more often; a longer chain is a lie or a run that nobody can join. */
const MAX_STEPS_BACK = 10_000;

/** The manifests before and up to a signed one, read from there backwards, each when it is asked for. */
export class ManifestChain {
  /** What was read so far, the newest first. */
  readonly links: LinkedManifest[] = [];
  readonly #target: BlobHash;
  readonly #fetch: (hash: BlobHash) => Promise<Manifest>;

  constructor(target: BlobHash, fetch: (hash: BlobHash) => Promise<Manifest>) {
    this.#target = target;
    this.#fetch = fetch;
  }

  /**
   * The manifest `back` steps before the newest; `null` when the run began later.
   * @throws MillraceError BLOB_MISSING when a link is gone; ProtocolError when two do not follow each other
   */
  async at(back: number): Promise<LinkedManifest | null> {
    while (this.links.length <= back) {
      const after = this.links.at(-1)?.manifest;
      const hash = after === undefined ? this.#target : after.previous;
      if (hash === null) return null;
      const manifest = await this.#fetch(hash);
      if (after !== undefined && (after.step !== manifest.step + 1 || after.round <= manifest.round)) {
        throw new ProtocolError(`Manifest of round ${after.round} does not follow that of round ${manifest.round}`);
      }
      if (this.links.length >= MAX_STEPS_BACK) {
        throw new ProtocolError(`No checkpoint within ${MAX_STEPS_BACK} manifests before round ${manifest.round}`);
      }
      this.links.push({ hash, manifest });
    }
    return this.links[back] ?? null;
  }

  /** The newest `count` in the order in which they are applied. */
  newest(count: number): readonly LinkedManifest[] {
    return this.links.slice(0, count).reverse();
  }
}
