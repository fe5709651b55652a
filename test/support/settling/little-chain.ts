import type { BlobHash, Hotkey } from '#protocol/ids.ts';

/** What a validator says on chain: that it stands behind a manifest, or only that it is there. */
export interface Word {
  readonly hotkey: Hotkey;
  readonly manifest: { readonly round: number; readonly hash: BlobHash } | null;
  /** Block that includes it. */
  readonly block: number;
  /** Halves of a split network that have this block; both without a split. */
  readonly halves: readonly Half[];
}

export type Half = 0 | 1;

/** Commitments with the block that included them; of each hotkey only the newest can be read. */
export class LittleChain {
  #words: Word[] = [];

  include(word: Word): void {
    this.#words.push(word);
  }

  /** The newest word of each hotkey, as a node of this half reads it. */
  newest(half: Half): ReadonlyMap<Hotkey, Word> {
    return new Map(this.#words.filter(({ halves }) => halves.includes(half)).map((word) => [word.hotkey, word]));
  }

  /** The halves meet again: everyone goes over to the blocks of one, and those of the other are as if they had never been. */
  heal(winner: Half): void {
    this.#words = this.#words.flatMap((word) => (word.halves.includes(winner) ? [{ ...word, halves: [0, 1] }] : []));
  }
}
