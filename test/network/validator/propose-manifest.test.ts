import { expect, it } from 'vitest';
import { checkManifest } from '#network/validator/check-manifest.ts';
import { makeManifest } from '#network/validator/propose-manifest.ts';
import { selectionProblem } from '#network/validator/selection-problem.ts';
import type { RoundWork, ValidatorDesk } from '#network/validator/validator-desk.ts';
import { NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import type { Hotkey, Uid } from '#protocol/ids.ts';
import { hotkeyOf, keyPairFromSeed } from '#protocol/keys.ts';
import { seedBlock } from '#protocol/round/clock.ts';
import { type Manifest, MAX_MANIFEST_ENTRIES, openManifest } from '#protocol/round/manifest.ts';
import { FULL_WEIGHT } from '#protocol/round/merge-weight.ts';
import { NEWCOMER_PLACES, withPlace } from '#protocol/round/places.ts';
import { rao } from '#protocol/units.ts';
import { createBlockClock } from '#worker/run/block-clock.ts';
import { createDataPages } from '#worker/run/data-pages.ts';
import { initialState } from '#worker/run/replica.ts';
import { type Member, validatorsOf } from '#worker/run/roster.ts';
import { inlineCodec } from '../../support/inline-codec.ts';
import { createMemoryBlobs } from '../../support/memory-blobs.ts';
import { testRun, updateBlob } from '../../support/round-fixtures.ts';
import { pageBytes, smallRun, testKey } from '../../support/small-run.ts';

const ROUND = 4;
const UPDATES = MAX_MANIFEST_ENTRIES + 200;

it('a manifest of a round with more good updates than it holds can be opened, and others find it fair', async () => {
  const blobs = createMemoryBlobs();
  for (const page of smallRun.data.pages.keys()) blobs.put(pageBytes(page));
  const replica = await initialState(testRun);
  const workers = Array.from({ length: UPDATES }, (_, n) => {
    return keyPairFromSeed(Uint8Array.from({ length: 32 }, (__, at) => (at < 2 ? (n >> (8 * at)) & 255 : 1)));
  });
  const lead = testKey(9);
  const members = [...workers, lead].map((key, uid): Member => {
    const stake = { stakeRao: rao(key === lead ? 10 : 0), validatorPermit: key === lead };
    return {
      neuron: { uid: uid as Uid, hotkey: hotkeyOf(key), registeredAtBlock: 0, ...stake },
      commitment: NO_COMMITMENT,
      committedAtBlock: -1,
    };
  });
  const updates = await Promise.all(
    workers.map(async (key, order) => {
      const [maker, baseRoot] = [hotkeyOf(key), replica.root];
      const bytes = updateBlob(ROUND, baseRoot, 1, 3, maker);
      const update = await inlineCodec.check(
        smallRun,
        { run: testRun.id, round: ROUND, shard: 0, baseRoot, maker },
        bytes,
      );
      return { hotkey: maker, blob: blobs.put(bytes), innerSteps: 3, order, baseRoot, staleness: 0, update };
    }),
  );
  // A quarter are newcomers: with the trusted ones alone the round would be full.
  const isNewcomer = (hotkey: Hotkey): boolean => workers.findIndex((key) => hotkeyOf(key) === hotkey) % 4 === 0;
  const seed = new Uint8Array(32).fill(5);
  const places = withPlace(
    updates.map(({ hotkey }) => ({ hotkey, isNewcomer: isNewcomer(hotkey) })),
    seed,
  );
  const ratings = updates.map(({ hotkey }) => ({
    ...{ hotkey, score: 50, reputation: 20, reason: 'good', mergeShare: isNewcomer(hotkey) ? 0.5 : 1 },
    ...{ merge: places.has(hotkey), isLeftOut: !places.has(hotkey) },
  }));
  const good = { assignedBefore: 4, assignedAfter: 3, randomBefore: 4, randomAfter: 3.5, ownData: 0.5 };
  const work = {
    ...{ round: ROUND, updates, copies: new Map(), known: new Map() },
    evaluations: new Map(updates.map(({ hotkey }) => [hotkey, good])),
    ...{ ratings, seed, isOnTime: true },
  } as unknown as RoundWork;
  const desk = {
    ports: {
      ...{ blobs, updates: inlineCodec, hotkey: lead, checkpoints: { newest: () => null } },
      ...{ evaluator: { loss: () => Promise.resolve(4) }, pages: createDataPages(smallRun, blobs) },
      clock: createBlockClock({
        onBlock: (listener) => {
          listener({ number: seedBlock(ROUND, smallRun.round), hash: '', timestampMs: 0 });
          return () => undefined;
        },
      }),
      putBlob: (made: Uint8Array) => Promise.resolve(blobs.put(made)),
    },
    ...{ run: testRun, replica, own: hotkeyOf(lead), bases: [replica.root], signal: new AbortController().signal },
    roster: { members, validators: validatorsOf(members), runSpec: null },
    first: { step: 0, stateRoot: replica.root, manifest: null, index: null },
  } as unknown as ValidatorDesk;

  const hash = await makeManifest(desk, work);
  const sealed = await blobs.get(hash, { from: [], maxBytes: Infinity, signal: desk.signal });
  const { manifest } = openManifest(sealed);
  expect(manifest.entries).toHaveLength(MAX_MANIFEST_ENTRIES);
  expect(manifest.entries.filter(({ hotkey }) => isNewcomer(hotkey))).toHaveLength(NEWCOMER_PLACES);
  expect(manifest.left).toHaveLength(UPDATES - MAX_MANIFEST_ENTRIES);
  expect(await checkManifest(desk, work, hash)).toEqual({ kind: 'fair' });

  const judge = (change: Partial<Manifest>, seen: Partial<RoundWork> = {}) =>
    selectionProblem(desk, { ...work, ...seen }, { ...manifest, ...change });
  const [first, left] = [manifest.entries[0]!, manifest.left.find((one) => !one.isNewcomer)!];
  const trusted = manifest.entries.find(({ weight }) => weight === FULL_WEIGHT)!;
  const other = updates.find(({ hotkey }) => hotkey === left.hotkey)!;
  const swapped = {
    entries: manifest.entries.map((one) =>
      one === trusted ? { ...one, hotkey: other.hotkey, blob: other.blob } : one,
    ),
    left: manifest.left.map((one) => (one === left ? { ...one, hotkey: trusted.hotkey } : one)),
  };
  expect(judge(swapped), 'one place against the draw').toMatch(/who has a place by the draw/);
  const fewer = { entries: manifest.entries.slice(1), left: [...manifest.left, { ...left, hotkey: first.hotkey }] };
  expect(judge(fewer), 'no room in an empty place').toMatch(/who has a place by the draw/);
  expect(judge({ left: [...manifest.left, { ...left, hotkey: first.hotkey }] })).toMatch(/twice/);
  expect(judge({ left: [] }), 'the others are as if they had never come').toMatch(/leaves out 200 of 456 good/);
  const asNewcomers = manifest.left.map((one) => ({ ...one, isNewcomer: true }));
  const pushed = { entries: manifest.entries.filter(({ weight }) => weight < FULL_WEIGHT), left: asNewcomers };
  expect(judge(pushed), 'trusted workers said to be newcomers').not.toBeNull();

  const strange = new Set(manifest.entries.slice(0, 86).map(({ hotkey }) => hotkey));
  const here = { updates: updates.filter(({ hotkey }) => !strange.has(hotkey)) };
  expect(judge({}, here)).toMatch(/fills 86 of its 256 places with updates that did not come here/);
  expect(judge({}, { ...here, isOnTime: false }), 'who opened late cannot know').toBeNull();
  strange.delete(first.hotkey);
  expect(judge({}, { updates: updates.filter(({ hotkey }) => !strange.has(hotkey)) })).toBeNull();
});
