import { describe, expect, it } from 'vitest';
import { hotkeyOf } from '#protocol/keys.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { encodeRunSpec, decodeRunSpec } from '#protocol/run-spec.ts';
import { sealAnnouncement } from '#protocol/round/announcement.ts';
import { MillraceError } from '#protocol/errors.ts';
import { createGather } from '#network/validator/gather.ts';
import { syncReplica } from '#worker/run/catch-up.ts';
import { initialState } from '#worker/run/replica.ts';
import { inlineCodec } from '../../support/inline-codec.ts';
import { createMemoryBlobs } from '../../support/memory-blobs.ts';
import { sealRound, testRun, updateBlob, validatorKey } from '../../support/round-fixtures.ts';
import { smallRun, testKey } from '../../support/small-run.ts';

const anna = hotkeyOf(testKey(1));
const state = await initialState(testRun);
const gatherAt = (block: number, get: () => Promise<Uint8Array> = () => Promise.reject(new Error('x'))) =>
  createGather(
    {
      blobs: {
        get: (_h, { signal }) =>
          new Promise((res, rej) => {
            signal.addEventListener('abort', () => rej(new MillraceError('ABORTED', 'Blob: stopped')));
            get().then(res, () => undefined);
          }),
      },
      block: () => block,
      updates: inlineCodec,
      isRegistered: () => true,
      log: () => undefined,
    },
    testRun,
    [state.root],
    4,
  );
const message = (round: number) =>
  sealAnnouncement(
    { run: testRun.id, round, baseRoot: state.root, innerSteps: 1, blob: 'ee'.repeat(32) as BlobHash, address: '' },
    testKey(1),
  );
describe('gather', () => {
  it('does not say that a coming round has closed', async () => {
    expect(await gatherAt(48).accept(message(5))).toMatchObject({ reason: 'wrong-round' });
  });
  it('an update cut off by the close is late', async () => {
    const gather = gatherAt(46);
    const reply = gather.accept(message(4));
    gather.close();
    expect(await reply).toMatchObject({ reason: 'late' });
  });
});
it('a manifest whose step does not follow the own state is refused', async () => {
  const blobs = createMemoryBlobs();
  const r = sealRound(blobs, state, 20, { step: 4_000_000_000 });
  await expect(
    syncReplica(testRun, { blobs, updates: inlineCodec }, state, r.hash, {
      from: [],
      validators: new Set([hotkeyOf(validatorKey)]),
      signal: new AbortController().signal,
    }),
  ).rejects.toMatchObject({ code: 'PROTOCOL' });
});
it('rounds that go back are refused', async () => {
  const blobs = createMemoryBlobs();
  const a = sealRound(blobs, state, 20);
  const b = sealRound(blobs, a.state, 19);
  await expect(
    syncReplica(testRun, { blobs, updates: inlineCodec }, state, b.hash, {
      from: [],
      validators: new Set([hotkeyOf(validatorKey)]),
      signal: new AbortController().signal,
    }),
  ).rejects.toMatchObject({ code: 'PROTOCOL' });
});
it('the largest allowed number of pages fits into a specification', () => {
  const page = { hash: 'ab'.repeat(32) as BlobHash, sizeBytes: 65536 };
  const bytes = encodeRunSpec({
    ...smallRun,
    data: { ...smallRun.data, pages: Array.from({ length: 65_536 }, () => page) },
  });
  expect(() => decodeRunSpec(bytes)).not.toThrow();
});
it('a bad update in a manifest names its worker', async () => {
  const blobs = createMemoryBlobs();
  const r = sealRound(blobs, state, 20, {
    entries: [{ hotkey: anna, blob: blobs.put(updateBlob(19, state.root, 1)), baseRoot: state.root, weight: 1 }],
  });
  await expect(
    syncReplica(testRun, { blobs, updates: inlineCodec }, state, r.hash, {
      from: [],
      validators: new Set([hotkeyOf(validatorKey)]),
      signal: new AbortController().signal,
    }),
  ).rejects.toThrow(anna);
});
