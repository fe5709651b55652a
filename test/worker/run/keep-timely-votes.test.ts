import { describe, expect, it } from 'vitest';
import { NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import type { BlobHash, Coldkey, Hotkey, Uid } from '#protocol/ids.ts';
import { decidedManifest } from '#protocol/round/votes.ts';
import { rao } from '#protocol/units.ts';
import { keepTimelyVotes } from '#worker/run/keep-timely-votes.ts';
import { type Member, type Roster, validatorsOf, votesOf, votingStakeOf } from '#worker/run/roster.ts';

/** Round 5 spans 50…59 and closes at 55. */
const timing = { blocks: 10, trainBlocks: 5, leadBlocks: 2 };
const [A, B] = ['aa'.repeat(32) as BlobHash, 'bb'.repeat(32) as BlobHash];

const member = (name: string, stake: number, hash: BlobHash, block: number, round = 5): Member => ({
  neuron: {
    ...{ uid: stake as Uid, hotkey: name as Hotkey, coldkey: name as Coldkey, stakeRao: rao(stake) },
    ...{ validatorPermit: true, registeredAtBlock: 0, emissionRao: rao(0), incentive: 0 },
  },
  commitment: { ...NO_COMMITMENT, manifest: { round, hash } },
  committedAtBlock: block,
});
const rosterOf = (...members: readonly Member[]): Roster => ({
  ...{ members, validators: validatorsOf(members), runSpec: null },
});
const other = member('V1', 40, B, 56);
const read = (...rosters: readonly Roster[]): Roster =>
  rosters.reduce((before, now) => keepTimelyVotes(before, now, timing));
const decidedAt = (block: number, roster: Roster) =>
  decidedManifest(votesOf(roster), votingStakeOf(roster), block, timing, new Set());

describe('what validators said in time', () => {
  const settled = rosterOf(member('V0', 60, A, 59), other);
  const repeated = rosterOf(member('V0', 60, A, 61), other);

  it('stays what the round was settled by, when one of them says the same again after the end', () => {
    expect(decidedAt(59, settled)).toEqual({ round: 5, hash: A });
    for (const rosters of [
      [settled, repeated],
      [settled, repeated, repeated],
    ]) {
      expect(decidedAt(61, read(...rosters))).toEqual({ round: 5, hash: A });
    }
  });

  it('is not known to who begins after that', () => {
    expect(decidedAt(61, repeated)).toEqual({ round: 5, hash: B });
  });

  it.each([
    ['says something else after the end', member('V0', 60, B, 61)],
    ['says it of another round', member('V0', 60, A, 61, 4)],
    ['says it once more in time', member('V0', 60, A, 58)],
  ])('is what the chain has when one %s', (_, newest) => {
    const now = rosterOf(newest, other);
    expect(read(settled, now)).toEqual(now);
  });

  it.each([54, 60])('is nothing that was said at block %i, which is not in time', (block) => {
    expect(read(rosterOf(member('V0', 60, A, block), other), repeated)).toEqual(repeated);
  });
});
