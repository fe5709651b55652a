import type { BlobHash, Hotkey } from '#protocol/ids.ts';

/** What each validator was first seen to stand behind in a round. */
export interface FirstWords {
  readonly round: number;
  readonly by: ReadonlyMap<Hotkey, BlobHash>;
}

export const NO_WORDS: FirstWords = { round: -1, by: new Map() };

/**
 * With what is on chain now. Nobody honest gives another word in the same round, and to look at a manifest may take as long as a turn:
 * who goes on to ever new ones would keep the others from leading. It still votes, but has nothing more looked at.
 * @param round the one that is looked at; a vote for another says nothing of it
 */
export function withWords(
  before: FirstWords,
  round: number,
  votes: readonly { readonly hotkey: Hotkey; readonly round: number; readonly manifest: BlobHash }[],
): FirstWords {
  const by = new Map(before.round === round ? before.by : []);
  for (const vote of votes) {
    if (vote.round === round && !by.has(vote.hotkey)) by.set(vote.hotkey, vote.manifest);
  }
  return { round, by };
}
