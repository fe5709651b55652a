import { describe, expect, it } from 'vitest';
import type { BlobHash } from '#protocol/ids.ts';
import { decidedManifest, type Vote } from '#protocol/round/votes.ts';
import { rao } from '#protocol/units.ts';

/** Round 5 spans 50…59 and closes at 55; the leads have 55, 57, 59. */
const timing = { blocks: 10, trainBlocks: 5, leadBlocks: 2 };
const [A, B] = ['aa'.repeat(32) as BlobHash, 'bb'.repeat(32) as BlobHash];

const vote = (rank: number, stake: number, manifest: BlobHash, block = 56, round = 5): Vote => ({
  ...{ rank, stakeRao: rao(stake), manifest, block, round },
});
/** All stake there is: 100. */
const decided = (votes: readonly Vote[], block: number, refused: readonly BlobHash[] = []) =>
  decidedManifest(votes, 100n, block, timing, new Set(refused));

describe('the manifest that validators have settled on', () => {
  it('is none without a vote', () => {
    expect(decided([], 56)).toBeNull();
  });

  it('is the one with more than half of the stake, at once', () => {
    expect(decided([vote(0, 51, A), vote(1, 49, B)], 56)).toEqual({ round: 5, hash: A });
  });

  it.each([57, 58])('is open at block %i while exactly half stands behind it', (block) => {
    expect(decided([vote(0, 50, A), vote(1, 50, B)], block)).toBeNull();
  });

  it('is at the end of the round the one with the most stake, among equals that of the earlier lead', () => {
    expect(decided([vote(0, 40, A), vote(1, 30, B), vote(2, 30, B)], 59)).toEqual({ round: 5, hash: B });
    expect(decided([vote(1, 50, B), vote(0, 50, A)], 59)).toEqual({ round: 5, hash: A });
  });

  it.each([
    ['has voted in the round before', [vote(0, 60, A, 46, 4)]],
    ['has been silent for long', [vote(0, 60, A, 16, 1)]],
    ['has never voted', []],
  ])('is open until the last block while half of the stake %s: it may still come', (_, silent) => {
    expect(decided([...silent, vote(1, 40, B)], 58)).toBeNull();
    expect(decided([...silent, vote(1, 40, B)], 59)).toEqual({ round: 5, hash: B });
  });

  it('stays what it is, whoever votes after it was settled', () => {
    const most = [vote(0, 51, A)];
    const more = [...most, vote(1, 29, B, 57), vote(2, 20, B, 58)];
    for (const block of [57, 58, 59, 60, 64]) expect(decided(more, block)).toEqual(decided(most, 56));
  });

  it.each([
    ['before the deadline of its round', vote(0, 90, B, 54)],
    ['for a round that is still to come', vote(0, 90, B, 57, 6)],
  ])('is not moved by a vote %s', (_, early) => {
    expect(decided([vote(1, 10, A), early], 59)).toEqual({ round: 5, hash: A });
  });

  it('is not moved by who comes back after the end, however much stake it has', () => {
    const late = vote(0, 90, B, 62);
    expect(decided([vote(1, 10, A), late], 63)).toEqual({ round: 5, hash: A });
    expect(decided([vote(1, 10, A, 46, 4), late], 63)).toEqual({ round: 4, hash: A });
  });

  it('is a late one when there is no other: a single validator has said it again after a restart', () => {
    expect(decided([vote(0, 90, B, 62)], 63)).toEqual({ round: 5, hash: B });
  });

  it('is none that was found false, whatever stands behind it', () => {
    expect(decided([vote(0, 90, A), vote(1, 10, B)], 59, [A])).toEqual({ round: 5, hash: B });
    expect(decided([vote(0, 90, A)], 59, [A])).toBeNull();
  });
});
