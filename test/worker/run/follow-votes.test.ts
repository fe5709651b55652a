import { beforeEach, describe, expect, it } from 'vitest';
import type { BlobHash, StateRoot, Uid } from '#protocol/ids.ts';
import { coldkeyOf, hotkeyOf, type KeyPair } from '#protocol/keys.ts';
import { NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import { deadlineBlock, endBlock } from '#protocol/round/clock.ts';
import { rao } from '#protocol/units.ts';
import { followVotes } from '#worker/run/follow-votes.ts';
import { initialState, type ReplicaState } from '#worker/run/replica.ts';
import { type Member, type Roster, validatorsOf } from '#worker/run/roster.ts';
import { inlineCodec } from '../../support/inline-codec.ts';
import { createMemoryBlobs, type MemoryBlobs } from '../../support/memory-blobs.ts';
import { sealRound, testRun } from '../../support/round-fixtures.ts';
import { testKey } from '../../support/small-run.ts';

const timing = testRun.spec.round;
const start = await initialState(testRun);
const [lead, second] = [testKey(9), testKey(8)];
const ROUND = 5;
const wrong = { stateRoot: '0f'.repeat(32) as StateRoot };

let blobs: MemoryBlobs;
let refused: Set<BlobHash>;
let warnings: string[];
beforeEach(() => {
  blobs = createMemoryBlobs();
  refused = new Set();
  warnings = [];
});

function validator(key: KeyPair, stake: number, hash: BlobHash | null, round = ROUND): Member {
  return {
    neuron: {
      ...{ uid: stake as Uid, hotkey: hotkeyOf(key), coldkey: coldkeyOf(key), stakeRao: rao(stake) },
      ...{ validatorPermit: true, registeredAtBlock: 0, emissionRao: rao(0), incentive: 0 },
    },
    commitment: { ...NO_COMMITMENT, manifest: hash === null ? null : { round, hash } },
    committedAtBlock: deadlineBlock(round, timing) + 1,
  };
}
const rosterOf = (...members: readonly Member[]): Roster => ({
  ...{ members, validators: validatorsOf(members), runSpec: null },
});
const follow = (roster: Roster, block = endBlock(ROUND, timing) - 1, from = start) =>
  followVotes(testRun, { blobs, updates: inlineCodec, warn: (text) => warnings.push(text) }, from, {
    ...{ roster, own: hotkeyOf(testKey(1)), block, refused, signal: new AbortController().signal },
  });

describe('following what validators stand behind', () => {
  it('reaches the state of the manifest that most stand behind', async () => {
    const good = sealRound(blobs, start, ROUND, {}, lead);
    const outcome = await follow(rosterOf(validator(lead, 60, good.hash), validator(second, 40, null)));
    expect(outcome).toMatchObject({ kind: 'advanced', state: { root: good.state.root } });
  });

  it('whose signer has lost its permit since is reached when most stand behind it, and else is not', async () => {
    const good = sealRound(blobs, start, ROUND, {}, lead);
    const third = testKey(7);
    const few = rosterOf(validator(second, 40, good.hash), validator(third, 60, null));
    expect(await follow(few)).toEqual({ kind: 'open' });
    refused.clear();
    const most = rosterOf(validator(second, 60, good.hash), validator(third, 40, null));
    expect(await follow(most)).toMatchObject({ kind: 'advanced', state: { root: good.state.root } });
  });

  it('leaves a false one aside, however much stake stands behind it, and names who does', async () => {
    const bad = sealRound(blobs, start, ROUND, wrong, lead);
    const good = sealRound(blobs, start, ROUND, {}, second);
    const outcome = await follow(rosterOf(validator(lead, 90, bad.hash), validator(second, 10, good.hash)));
    expect(outcome).toMatchObject({ kind: 'advanced', state: { root: good.state.root } });
    expect(warnings).toEqual([expect.stringContaining(hotkeyOf(lead)) as string]);
    expect([...refused]).toEqual([bad.hash]);
  });

  it('also when its round was over before it was met', async () => {
    const bad = sealRound(blobs, start, ROUND, wrong, lead);
    const good = sealRound(blobs, start, ROUND, {}, second);
    const roster = rosterOf(validator(lead, 90, bad.hash), validator(second, 10, good.hash));
    expect(await follow(roster, endBlock(ROUND, timing) + 3)).toMatchObject({ kind: 'advanced' });
  });

  it('waits while another one may still come', async () => {
    const bad = sealRound(blobs, start, ROUND, wrong, lead);
    const roster = rosterOf(validator(lead, 90, bad.hash), validator(second, 10, null));
    expect(await follow(roster)).toEqual({ kind: 'open' });
  });

  it('is at odds with the network when none has come until the round is over', async () => {
    const bad = sealRound(blobs, start, ROUND, wrong, lead);
    const roster = rosterOf(validator(lead, 90, bad.hash), validator(second, 10, bad.hash));
    const outcome = await follow(roster, endBlock(ROUND, timing) + 3);
    expect(outcome).toMatchObject({ kind: 'diverged', round: ROUND, expectedRoot: wrong.stateRoot });
  });

  it('is at odds with the network at once when there is a single validator', async () => {
    const bad = sealRound(blobs, start, ROUND, wrong, lead);
    expect(await follow(rosterOf(validator(lead, 90, bad.hash)))).toMatchObject({ kind: 'diverged' });
  });

  it('leaves aside what merges no update at all, too', async () => {
    const bad = sealRound(blobs, start, ROUND, { step: 7 }, lead);
    expect(await follow(rosterOf(validator(lead, 90, bad.hash)))).toEqual({ kind: 'open' });
    expect(warnings[0]).toMatch(/is false/);
  });

  it('does not take its own state for the newest while the first votes of a round hide what was settled before', async () => {
    const settled = sealRound(blobs, start, ROUND - 1, {}, lead);
    const newest = sealRound(blobs, settled.state, ROUND, {}, lead);
    const roster = rosterOf(validator(lead, 40, newest.hash), validator(second, 60, settled.hash, ROUND - 1));
    expect(await follow(roster, deadlineBlock(ROUND, timing) + 1)).toEqual({ kind: 'open' });
    const voted = rosterOf(validator(lead, 40, newest.hash), validator(second, 60, newest.hash));
    expect(await follow(voted, deadlineBlock(ROUND, timing) + 1)).toMatchObject({ kind: 'advanced' });
  });

  it('is where the network is when there is no vote that counts', async () => {
    const early = validator(lead, 40, 'ee'.repeat(32) as BlobHash, ROUND + 7);
    expect(await follow(rosterOf(early, validator(second, 60, null)))).toEqual({ kind: 'current' });
  });

  describe('when in the newest round nobody but a validator with little stake has voted', () => {
    const NEXT = ROUND + 1;
    const later = endBlock(NEXT, timing) + timing.leadBlocks;
    const settled = () => sealRound(blobs, start, ROUND, {}, lead);
    const nowhere = 'ee'.repeat(32) as BlobHash;
    const withoutUpdates = (before: ReplicaState): BlobHash => {
      const round = sealRound(blobs, before, NEXT, {}, second);
      for (const { blob } of round.manifest.entries) blobs.remove(blob);
      return round.hash;
    };

    it.each<[string, (before: ReplicaState) => BlobHash]>([
      ['a manifest that nobody has', () => nowhere],
      ['one whose updates nobody has', withoutUpdates],
      ['one of a false state', (before) => sealRound(blobs, before, NEXT, wrong, second).hash],
    ])('%s does not end the run: it goes on from what was settled before', async (_, make) => {
      const before = settled();
      const roster = rosterOf(validator(lead, 99, before.hash), validator(second, 1, make(before.state), NEXT));
      expect(await follow(roster, later)).toMatchObject({ kind: 'advanced', state: { root: before.state.root } });
      expect(await follow(roster, later, before.state)).toEqual({ kind: 'current' });
    });

    it('one from before does not end the run either', async () => {
      const before = settled();
      const newer = sealRound(blobs, before.state, NEXT, {}, lead);
      const roster = rosterOf(validator(lead, 99, newer.hash, NEXT), validator(second, 1, before.hash, NEXT + 1));
      expect(await follow(roster, later + timing.blocks, newer.state)).toEqual({ kind: 'current' });
    });

    it('one that cannot be had is waited for at first: it may be on its way', async () => {
      const before = settled();
      const roster = rosterOf(validator(lead, 99, before.hash), validator(second, 1, nowhere, NEXT));
      expect(await follow(roster, later - 1, before.state)).toMatchObject({ kind: 'incomplete' });
    });
  });

  it('waits for as long as it takes for what most of the stake stands behind', async () => {
    const nowhere = 'ee'.repeat(32) as BlobHash;
    const roster = rosterOf(validator(lead, 51, nowhere), validator(second, 49, null));
    expect(await follow(roster, endBlock(ROUND + 3, timing))).toMatchObject({ kind: 'incomplete' });
  });
});
