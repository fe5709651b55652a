import { ProtocolError } from '#protocol/errors.ts';
import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import type { Manifest } from '#protocol/round/manifest.ts';

export interface LinkedManifest {
  readonly hash: BlobHash;
  readonly manifest: Manifest;
  /** Whose words it is. */
  readonly signer: Hotkey;
}

/** Checkpoints come far more often; a longer chain is a lie or a run that nobody can join. */
const MAX_STEPS_BACK = 10_000;
/** All manifests of a chain are in memory together. */
const MAX_CHAIN_BYTES = 256 * 1024 * 1024;

/** A manifest, and how long it was as a blob. */
export interface FetchedManifest {
  readonly manifest: Manifest;
  readonly signer: Hotkey;
  readonly sizeBytes: number;
}

/** The manifests before and up to a signed one, read from there backwards, each when it is asked for. */
export class ManifestChain {
  /** What was read so far, the newest first. */
  readonly links: LinkedManifest[] = [];
  readonly #target: BlobHash;
  readonly #fetch: (hash: BlobHash) => Promise<FetchedManifest>;
  #bytes = 0;

  constructor(target: BlobHash, fetch: (hash: BlobHash) => Promise<FetchedManifest>) {
    this.#target = target;
    this.#fetch = fetch;
  }

  /**
   * The manifest `back` steps before the newest; `null` when the run began later, or so much is not read: see `isCut`.
   * @throws MillraceError BLOB_MISSING when a link is gone; ProtocolError when two do not follow each other
   */
  async at(back: number): Promise<LinkedManifest | null> {
    while (this.links.length <= back) {
      const after = this.links.at(-1)?.manifest;
      const hash = after === undefined ? this.#target : after.previous;
      if (hash === null || this.isCut) return null;
      const { manifest, signer, sizeBytes } = await this.#fetch(hash);
      if (after !== undefined && (after.step !== manifest.step + 1 || after.round <= manifest.round)) {
        throw new ProtocolError(`Manifest of round ${after.round} does not follow that of round ${manifest.round}`);
      }
      this.links.push({ hash, manifest, signer });
      this.#bytes += sizeBytes;
    }
    return this.links[back] ?? null;
  }

  /** Whether nothing further back is read, though there is something. */
  get isCut(): boolean {
    return this.links.length >= MAX_STEPS_BACK || this.#bytes >= MAX_CHAIN_BYTES;
  }

  /** The newest `count` in the order in which they are applied. */
  newest(count: number): readonly LinkedManifest[] {
    return this.links.slice(0, count).reverse();
  }
}
