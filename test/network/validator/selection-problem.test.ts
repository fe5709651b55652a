import { describe, expect, it } from 'vitest';
import { selectionProblem } from '#network/validator/selection-problem.ts';
import { strangerProblem } from '#network/validator/stranger-problem.ts';
import type { RoundWork, ValidatorDesk } from '#network/validator/validator-desk.ts';
import { NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import type { BlobHash, Hotkey, Uid } from '#protocol/ids.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import type { Manifest } from '#protocol/round/manifest.ts';
import { rao } from '#protocol/units.ts';
import { initialState } from '#worker/run/replica.ts';
import type { Member } from '#worker/run/roster.ts';
import { createMemoryBlobs } from '../../support/memory-blobs.ts';
import { testRun, updateBlob } from '../../support/round-fixtures.ts';
import { testKey } from '../../support/small-run.ts';

const ROUND = 4;
const { root } = await initialState(testRun);
const good = { assignedBefore: 4, assignedAfter: 3, randomBefore: 4, randomAfter: 3.5, ownData: 0.5 };
const blobs = createMemoryBlobs();
const updates = [1, 2, 3, 4, 5].map((n) => {
  const hotkey = hotkeyOf(testKey(n));
  return { hotkey, blob: blobs.put(updateBlob(ROUND, root, n, 3, hotkey)) };
});
const [first, second, third] = updates.map(({ hotkey }) => hotkey) as [Hotkey, Hotkey, Hotkey];
const stranger = 'ee'.repeat(32) as BlobHash;
const members = updates.map(({ hotkey }, uid): Member => {
  return {
    neuron: { uid: uid as Uid, hotkey, registeredAtBlock: 0, stakeRao: rao(0), validatorPermit: false },
    commitment: NO_COMMITMENT,
    committedAtBlock: -1,
  };
});
const deskOf = (present: readonly Member[]) =>
  ({
    ...{ run: testRun, bases: [root], own: hotkeyOf(testKey(9)), ports: { blobs } },
    roster: { members: present, validators: [], runSpec: null },
  }) as unknown as ValidatorDesk;
const workOf = (copies: readonly (readonly [Hotkey, Hotkey])[], came = updates) => {
  const isCopy = new Map(copies);
  return {
    ...{ round: ROUND, updates: came, copies: isCopy, ratings: [], seed: new Uint8Array(32), isOnTime: true },
    evaluations: new Map(came.flatMap(({ hotkey }) => (isCopy.has(hotkey) ? [] : [[hotkey, good] as const]))),
  } as unknown as RoundWork;
};
/** In quarantine are all but those `trusted`. */
const rated = (work: RoundWork, trusted: readonly Hotkey[]): RoundWork => ({
  ...work,
  ratings: work.updates.map(({ hotkey }) => ({
    ...{ hotkey, score: 50, reputation: 20, reason: 'good', merge: true, isLeftOut: false },
    mergeShare: trusted.includes(hotkey) ? 1 : 0.5,
  })),
});
const merging = (...hotkeys: readonly Hotkey[]) => {
  const entries = updates.flatMap(({ hotkey, blob }) =>
    hotkeys.includes(hotkey) ? [{ hotkey, blob, baseRoot: root, weight: 1000 }] : [],
  );
  return { round: ROUND, entries, left: [] } as unknown as Manifest;
};
const others = updates.slice(3).map(({ hotkey }) => hotkey);
const judge = (work: RoundWork, manifest: Manifest) => selectionProblem(deskOf(members), work, manifest);

describe('of updates that are nearly the same', () => {
  it('a lead may merge any one, for their maker may have sent them to each validator in another order', () => {
    const seenHere = workOf([
      [second, first],
      [third, first],
    ]);
    for (const one of [first, second, third]) expect(judge(seenHere, merging(one, ...others)), one).toBeNull();
  });

  it.each([
    ['the first and a copy', [first, second]],
    ['two copies', [second, third]],
  ])('a lead may not merge %s', (_, both) => {
    const seenHere = workOf([
      [second, first],
      [third, first],
    ]);
    expect(judge(seenHere, merging(...both, ...others))).toMatch(`${both[1]}, which is a copy`);
  });

  it.each([
    ['the own update', first],
    ['that of someone who brought none now', hotkeyOf(testKey(8))],
  ])('a lead may merge none that is %s of the round before', (_, original) => {
    expect(judge(workOf([[first, original]]), merging(first, ...others))).toMatch(`${first}, which is a copy`);
  });

  it('one that came only to the lead stands for no other', () => {
    const seenHere = workOf([
      [second, first],
      [others[0]!, third],
    ]);
    const { entries, ...manifest } = merging(second, ...others);
    const elsewhere = entries.map((one) => (one.hotkey === others[1] ? one : { ...one, blob: stranger }));
    expect(judge(seenHere, { ...manifest, entries: elsewhere })).toMatch(/leaves out 2 of 3 good/);
  });

  it('one that was not judged here is measured when a lead merges it', async () => {
    const work = workOf([[second, first]]);
    const measured: Hotkey[] = [];
    const check = (gain: number) => {
      const gainOf = (hotkey: Hotkey) => Promise.resolve((measured.push(hotkey), gain));
      const named = { hash: stranger, manifest: merging(second, ...others) };
      return strangerProblem(deskOf(members), { ...work, gainOf }, named, new AbortController().signal);
    };
    expect(await check(-1)).toMatch(`${second} that is a copy and does harm`);
    expect(await check(0.1)).toBeNull();
    expect(measured).toEqual([second, second]);
  });
});

it('who was registered when the round began may be merged, also when its place has gone to another since', () => {
  const manifest = merging(first, second, ...others);
  expect(selectionProblem(deskOf(members.slice(1)), workOf([]), manifest)).toBeNull();
  const unseen = workOf([], updates.slice(1));
  expect(selectionProblem(deskOf(members.slice(1)), unseen, manifest)).toMatch(/who is not registered/);
});

describe('a lead that knows nothing of many good updates', () => {
  const [fourth, fifth] = others as [Hotkey, Hotkey];

  it('may be one whom a crowd of newcomers has told nothing: of the trusted it misses few', () => {
    const seenHere = rated(workOf([]), [first, second, third]);
    expect(judge(seenHere, merging(first, second, third))).toBeNull();
    expect(judge(seenHere, merging(first, second))).toBeNull();
  });

  it('leaves them out when it misses the trusted as well', () => {
    expect(judge(rated(workOf([]), [first, second, third]), merging(first, fourth, fifth))).toMatch(
      /leaves out 2 of 5/,
    );
    expect(judge(rated(workOf([]), [first, second, third]), merging(first, fourth))).toMatch(/leaves out 3 of 5/);
  });

  it('leaves them out when nobody is trusted yet', () => {
    expect(judge(rated(workOf([]), []), merging(first, second, third))).toMatch(/leaves out 2 of 5/);
  });
});
