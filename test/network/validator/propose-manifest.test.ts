import { expect, it } from 'vitest';
import { checkManifest } from '#network/validator/check-manifest.ts';
import { makeManifest } from '#network/validator/propose-manifest.ts';
import type { RoundWork, ValidatorDesk } from '#network/validator/validator-desk.ts';
import { NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import type { Uid } from '#protocol/ids.ts';
import { coldkeyOf, hotkeyOf, keyPairFromSeed } from '#protocol/keys.ts';
import { deadlineBlock } from '#protocol/round/clock.ts';
import { MAX_MANIFEST_ENTRIES, openManifest } from '#protocol/round/manifest.ts';
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
    const neuron = { uid: uid as Uid, hotkey: hotkeyOf(key), coldkey: coldkeyOf(key), registeredAtBlock: 0 };
    return {
      neuron: { ...neuron, ...stake, emissionRao: rao(0), incentive: 0 },
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
  const rated = { score: 50, reputation: 20, reason: 'good', merge: true, mergeShare: 1 };
  const good = { assignedBefore: 4, assignedAfter: 3, randomBefore: 4, randomAfter: 3.5 };
  const work = {
    ...{ round: ROUND, updates, copies: new Map(), known: new Map() },
    evaluations: new Map(updates.map(({ hotkey }) => [hotkey, good])),
    ratings: updates.map(({ hotkey }) => ({ hotkey, ...rated })),
  } as unknown as RoundWork;
  const desk = {
    ports: {
      ...{ blobs, updates: inlineCodec, hotkey: lead, checkpoints: { newest: () => null } },
      ...{ evaluator: { loss: () => Promise.resolve(4) }, pages: createDataPages(smallRun, blobs) },
      clock: createBlockClock({
        onBlock: (listener) => {
          listener({ number: deadlineBlock(ROUND, smallRun.round), hash: '', timestampMs: 0 });
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
  expect(openManifest(sealed).manifest.entries).toHaveLength(MAX_MANIFEST_ENTRIES);
  expect(await checkManifest(desk, work, hash)).toEqual({ kind: 'fair' });
});
