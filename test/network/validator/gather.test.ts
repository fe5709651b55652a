import { decodeCbor, encodeCbor } from '#protocol/envelope.ts';
import { MillraceError } from '#protocol/errors.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BlobHash, Hotkey, RunId, StateRoot } from '#protocol/ids.ts';
import { hotkeyOf, type KeyPair } from '#protocol/keys.ts';
import type { AnnounceReply } from '#protocol/peer/announce-protocol.ts';
import { type Announcement, MAX_ANNOUNCEMENT_BYTES, sealAnnouncement } from '#protocol/round/announcement.ts';
import { PartReader } from '#protocol/update/part-reader.ts';
import { maxUpdateBytes, openUpdateBlob } from '#protocol/update/update-blob.ts';
import { HEADER_BYTES } from '#protocol/update/update-header.ts';
import { createGather, type Gather } from '#network/validator/gather.ts';
import type { BlobRequest } from '#worker/run/blob-source.ts';
import { initialState } from '#worker/run/replica.ts';
import { inlineCodec } from '../../support/inline-codec.ts';
import { createMemoryBlobs, type MemoryBlobs } from '../../support/memory-blobs.ts';
import { tensorSizes, testRun, updateBlob } from '../../support/round-fixtures.ts';
import { smallRun, testKey, testRoot } from '../../support/small-run.ts';

const ROUND = 4; // blocks 40…49; announcements until before block 47
const state = await initialState(testRun);
/** Of the state one step before. */
const olderRoot = '0e'.repeat(32) as StateRoot;
const [anna, ben, stranger] = [testKey(1), testKey(2), testKey(3)];
const header = { run: testRun.id, round: ROUND, baseRoot: state.root };
const target = { ...header, shard: 0 };
const goodBlob = (seed = 1, innerSteps = 3, key = anna) =>
  updateBlob(ROUND, state.root, seed, innerSteps, hotkeyOf(key));
const blobOf = (key: KeyPair) => goodBlob(1, 3, key);

let blobs: MemoryBlobs;
let block: number;
let log: string[];
let gather: Gather;
/** Replaces the blob source for one test. */
let fetchBlob: (hash: BlobHash, request: BlobRequest) => Promise<Uint8Array>;

beforeEach(() => {
  blobs = createMemoryBlobs();
  block = 46;
  log = [];
  fetchBlob = (hash, request) => blobs.get(hash, request);
  const registered = new Set<Hotkey>([hotkeyOf(anna), hotkeyOf(ben)]);
  gather = createGather(
    {
      blobs: { get: (hash, request) => fetchBlob(hash, request) },
      updates: inlineCodec,
      block: () => block,
      isRegistered: (hotkey) => registered.has(hotkey),
      log: (message, level) => log.push(level === undefined ? message : `${level}: ${message}`),
    },
    testRun,
    [state.root, olderRoot],
    ROUND,
  );
});

afterEach(() => void vi.restoreAllMocks());

const announce = (key: KeyPair, change: Partial<Announcement> = {}) => {
  const announcement = { ...header, innerSteps: 3, blob: blobs.put(blobOf(key)), address: '/m/1', ...change };
  return gather.accept(sealAnnouncement(announcement, key));
};
const late = (at: number) => () => {
  block = at;
  return announce(anna);
};

const accepted = (key: KeyPair, bytes = blobOf(key), innerSteps = 3) => ({
  ...{
    hotkey: hotkeyOf(key),
    blob: blobs.put(bytes),
    innerSteps,
    baseRoot: state.root,
    staleness: 0,
    order: expect.any(Number) as number,
  },
  update: {
    ...openUpdateBlob(smallRun, { ...target, maker: hotkeyOf(key) }, bytes),
    squares: expect.any(Float64Array) as Float64Array,
  },
});
const damaged = (offset: number, ...bytes: readonly number[]) => {
  const blob = goodBlob();
  blob.set(bytes, offset);
  return blob;
};
/** As a program of another version makes it: nothing behind the version is known to be the same. */
const ofVersion = (version: number) => damaged(4, version).subarray(0, 88);

describe('an update', () => {
  it('whose bytes trip a failure that nobody foresaw is refused and told as an error: the round goes on', async () => {
    const fault = new TypeError('no such thing');
    vi.spyOn(PartReader.prototype, 'read').mockImplementation(() => {
      throw fault;
    });
    const message = `Update part 0: unforeseen failure while reading: ${String(fault)}`;
    expect(await announce(anna)).toEqual({ accepted: false, reason: 'bad-update', message });
    expect(log[0]).toBe(`error: ${message}`);
    vi.restoreAllMocks();
    await announce(ben, { blob: blobs.put(goodBlob(2, 3, ben)) });
    const { updates, refusals } = gather.close();
    expect(updates.map(({ hotkey }) => hotkey)).toEqual([hotkeyOf(ben)]);
    expect(refusals).toEqual(new Map([[hotkeyOf(anna), { reason: 'corrupt' }]]));
  });

  it('that this machine cannot check is held against nobody: the round fails', async () => {
    fetchBlob = () => Promise.reject(new MillraceError('ENGINE', 'A thread that works on updates has ended'));
    expect(await announce(anna)).toMatchObject({ accepted: false, reason: 'not-stored' });
    expect(() => gather.close()).toThrow(expect.objectContaining({ code: 'ENGINE' }) as Error);
  });

  it('is accepted after its blob was fetched from where it was announced and decoded', async () => {
    const bytes = goodBlob(1, 2);
    const sent = { innerSteps: 2, address: '/m/anna', blob: blobs.put(bytes) };
    expect(await announce(anna, sent)).toEqual({ accepted: true });
    const update = accepted(anna, bytes, 2);
    expect(blobs.asked).toEqual([{ hash: update.blob, from: ['/m/anna'], maxBytes: maxUpdateBytes(smallRun) }]);
    expect(gather.close().updates).toEqual([update]);
    expect(log).toEqual([]);
  });

  it('from a state of a step ago is accepted, and known to be stale', async () => {
    const bytes = updateBlob(ROUND, olderRoot, 1);
    expect(await announce(anna, { baseRoot: olderRoot, blob: blobs.put(bytes) })).toEqual({ accepted: true });
    expect(gather.close().updates).toMatchObject([{ baseRoot: olderRoot, staleness: 1 }]);
  });

  it('comes in the order of the hotkeys, whoever was first', async () => {
    const [low, high] = [anna, ben].toSorted((a, b) => (a.address < b.address ? -1 : 1)) as [KeyPair, KeyPair];
    for (const key of [high, low]) await announce(key);
    expect(gather.close().updates).toEqual([accepted(low), accepted(high)]);
  });

  const put = (bytes: Uint8Array) => ({ blob: blobs.put(bytes) });
  const LEVEL = HEADER_BYTES + 4 * tensorSizes.length + 8; // first level of the first part
  it.each([
    ['of a stranger', () => announce(stranger), 'unknown-hotkey', /is not registered in the subnet/],
    ['of another run', () => announce(anna, { run: '00'.repeat(32) as RunId }), 'other-run', /serves another run/],
    ['at the deadline', late(47), 'late', /^Round 4 closed at block 47, it is block 47: 0 blocks too late$/],
    ['after the deadline', late(49), 'late', /^Round 4 closed at block 47, it is block 49: 2 blocks too late$/],
    [
      'of the round before',
      () => announce(anna, { round: 3 }),
      'late',
      /^Round 3 closed at block 37, it is block 46: 9 blocks too late$/,
    ],
    ['of the next round', () => announce(anna, { round: 5 }), 'wrong-round', /^It is round 4, not 5$/],
    [
      'from another state',
      () => announce(anna, { baseRoot: testRoot }),
      'stale-state',
      /neither from the state of round 4 nor from one of the 2 steps before it/,
    ],
    ['whose blob nobody has', () => announce(anna, { blob: 'ee'.repeat(32) as BlobHash }), 'not-fetched', /No source/],
    [
      'whose blob is too large',
      () => announce(anna, put(new Uint8Array(maxUpdateBytes(smallRun) + 1))),
      'not-fetched',
      /at most/,
    ],
    [
      'whose blob is truncated',
      () => announce(anna, put(goodBlob().subarray(0, -1))),
      'bad-update',
      /bytes instead of/,
    ],
    ['whose blob is empty', () => announce(anna, put(new Uint8Array(0))), 'bad-update', /cut off/],
    [
      'that names other tokens than its announcement',
      () => announce(anna, { innerSteps: 2 }),
      'bad-update',
      /names 48 tokens, its announcement 2 inner steps/,
    ],
    [
      'with a level that is NaN',
      () => announce(anna, put(damaged(LEVEL, 0, 0, 0xc0, 0x7f))),
      'bad-update',
      /level NaN/,
    ],
    [
      'made for another round',
      () => announce(anna, put(updateBlob(3, state.root, 1))),
      'bad-update',
      /for round 3, not 4/,
    ],
    ['made on another state', () => announce(anna, put(updateBlob(ROUND, testRoot, 1))), 'bad-update', /another state/],
    ['made for another run', () => announce(anna, put(damaged(8, 0xff))), 'bad-update', /for another run/],
    [
      'of the version before',
      () => announce(anna, put(ofVersion(1))),
      'other-version',
      /has version 1, this program reads 2/,
    ],
    ['in an unknown format', () => announce(anna, put(damaged(0, 0x58))), 'bad-update', /Not an update/],
  ])('%s is refused, and the next good one of the same worker is not', async (_, send, reason, message) => {
    const reply = await send();
    expect(reply).toEqual({ accepted: false, reason, message: expect.stringMatching(message) as string });
    const culprit = hotkeyOf(reason === 'unknown-hotkey' ? stranger : anna);
    expect(log).toEqual([
      expect.stringMatching(new RegExp(`^Round 4: refused ${culprit}: .*${message.source.replace('^', '')}`)),
    ]);
    block = 46;
    expect(await announce(anna)).toEqual({ accepted: true });
    expect(gather.close().updates).toEqual([accepted(anna)]);
  });

  it.each([
    ['that is no message', () => gather.accept(Uint8Array.of(1, 2, 3)), /CBOR|signed message/],
    ['that is empty', () => gather.accept(new Uint8Array(0)), /CBOR/],
    ['that is too large', () => gather.accept(new Uint8Array(MAX_ANNOUNCEMENT_BYTES + 1)), /at most 4096 allowed/],
  ])('%s is refused, and the next good one is not', async (_, send, message) => {
    expect(await send()).toEqual({
      ...{ accepted: false, reason: 'malformed', message: expect.stringMatching(message) as string },
    });
    expect(log).toEqual([expect.stringMatching(/^Round 4: refused an unsigned announcement: ./)]);
    expect(await announce(anna)).toEqual({ accepted: true });
    expect(gather.close().updates).toEqual([accepted(anna)]);
  });

  it('that is not signed by whom it names is refused', async () => {
    const message = sealAnnouncement({ ...header, innerSteps: 3, blob: blobs.put(goodBlob()), address: '/m/1' }, anna);
    message[message.length - 1]! ^= 1;
    expect(await gather.accept(message)).toMatchObject({ accepted: false, reason: 'malformed' });
    expect(blobs.asked, 'nothing is fetched on its word').toEqual([]);
    expect(gather.close().updates).toEqual([]);
  });

  it('is the only one of its worker, also while it is being fetched', async () => {
    const duplicate = { accepted: false, reason: 'duplicate', message: 'This round already has an update of yours' };
    const [first, second] = [announce(anna), announce(anna, { blob: blobs.put(goodBlob(2)) })];
    expect(await Promise.all([first, second])).toEqual([{ accepted: true }, duplicate]);
    expect(await announce(anna)).toEqual(duplicate);
    expect(await announce(ben)).toEqual({ accepted: true });
    const expected = [
      [hotkeyOf(anna), blobs.put(goodBlob())],
      [hotkeyOf(ben), blobs.put(blobOf(ben))],
    ];
    expect(gather.close().updates.map(({ hotkey, blob }) => [hotkey, blob])).toEqual(expected.toSorted());
  });

  it.each([
    ['first', [ben, anna]],
    ['afterwards', [anna, ben]],
  ])('counts for its maker, whom a thief who announces it %s cannot get in the way of', async (_, order) => {
    const stolen = { blob: blobs.put(blobOf(anna)) };
    const replies = new Map<KeyPair, AnnounceReply>();
    for (const key of order) replies.set(key, await announce(key, stolen));
    expect(replies.get(anna)).toEqual({ accepted: true });
    const message = 'Update was made by another worker';
    expect(replies.get(ben)).toEqual({ accepted: false, reason: 'bad-update', message });
    expect(gather.close()).toEqual({
      ...{ updates: [accepted(anna)], refusals: new Map([[hotkeyOf(ben), { reason: 'corrupt' }]]) },
    });
  });

  it('signed by one key in the name of another is refused', async () => {
    const content = { ...header, innerSteps: 3, blob: blobs.put(goodBlob()), address: '/m/1' };
    const forged = decodeCbor(sealAnnouncement(content, ben)) as Record<string, unknown>;
    const reply = await gather.accept(encodeCbor({ ...forged, signer: anna.publicKey }));
    expect(reply).toMatchObject({ accepted: false, reason: 'malformed' });
    expect(blobs.asked).toEqual([]);
  });

  it('that cannot be decoded may be tried again, but not for ever', async () => {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const broken = await announce(anna, { blob: blobs.put(goodBlob().subarray(1 + attempt)) });
      expect(broken).toMatchObject({ accepted: false, reason: 'bad-update' });
    }
    expect(await announce(anna)).toMatchObject({ accepted: false, reason: 'too-many' });
  });
});

describe('what a refusal says of its sender', () => {
  it.each([
    ['bytes that are no update', () => announce(anna, { blob: blobs.put(goodBlob().subarray(1)) }), 'corrupt'],
    ['another state', () => announce(anna, { baseRoot: testRoot }), 'wrong-base'],
    ['another version', () => announce(anna, { blob: blobs.put(ofVersion(1)) }), 'other-version'],
    ['too late', late(49), 'late'],
  ])('%s', async (_, send, reason) => {
    expect(await send()).toMatchObject({ accepted: false });
    expect(gather.close().refusals).toEqual(new Map([[hotkeyOf(anna), { reason }]]));
  });

  it('is nothing when this machine could not store the update', async () => {
    fetchBlob = () => Promise.reject(new MillraceError('STORAGE', 'The disk is full'));
    await announce(anna);
    expect([...gather.close().refusals.values()]).toEqual([{ reason: 'excused' }]);
  });

  it('is what it was, whatever is announced again after the deadline or of another round', async () => {
    fetchBlob = () => Promise.reject(new MillraceError('STORAGE', 'The disk is full'));
    await announce(anna);
    await late(48)();
    await announce(anna, { round: 3 });
    await announce(ben, { blob: blobs.put(goodBlob().subarray(1)), round: 3 });
    expect(gather.close().refusals).toEqual(new Map([[hotkeyOf(anna), { reason: 'excused' }]]));
  });

  it('does not get less by a later one that is', async () => {
    await announce(anna, { blob: blobs.put(goodBlob().subarray(1)) });
    await late(48)();
    expect(gather.close().refusals).toEqual(new Map([[hotkeyOf(anna), { reason: 'corrupt' }]]));
  });

  it('is settled when the round closes: what comes while it is judged moves nothing', async () => {
    fetchBlob = () => Promise.reject(new MillraceError('STORAGE', 'The disk is full'));
    await announce(anna);
    const { refusals } = gather.close();
    await announce(ben);
    await announce(anna);
    expect(refusals).toEqual(new Map([[hotkeyOf(anna), { reason: 'excused' }]]));
    expect(gather.close().refusals).toEqual(refusals);
  });

  it('is forgotten when the next try is accepted', async () => {
    await announce(anna, { blob: blobs.put(goodBlob().subarray(1)) });
    await announce(anna);
    expect(gather.close()).toMatchObject({ updates: [{ hotkey: hotkeyOf(anna) }], refusals: new Map() });
  });
});

describe('a round at its deadline', () => {
  it('is idle at once when nothing is on its way', async () => {
    await announce(anna);
    await gather.idle();
    expect(gather.close().updates).toHaveLength(1);
  });

  it('is idle when what was announced before has arrived, and counts it', async () => {
    let deliver = (): void => undefined;
    fetchBlob = () => new Promise((resolve) => (deliver = () => resolve(goodBlob())));
    const reply = announce(anna);
    block = 47;
    const idle = gather.idle();
    deliver();
    await idle;
    expect(await reply).toEqual({ accepted: true });
    expect(gather.close().updates).toHaveLength(1);
  });
});

describe('a round that closes', () => {
  it('leaves out an update whose blob comes afterwards', async () => {
    let deliver = (): void => undefined;
    fetchBlob = () => new Promise((resolve) => (deliver = () => resolve(goodBlob())));
    const reply = announce(anna);
    expect(gather.close().updates).toEqual([]);
    deliver();
    expect(await reply).toEqual({
      ...{ accepted: false, reason: 'late', message: 'The update arrived after round 4 had closed' },
    });
    expect(gather.close().updates).toEqual([]);
  });

  it('ends the fetches that are under way', async () => {
    fetchBlob = (_, { signal }) =>
      new Promise((__, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    const reply = announce(anna);
    gather.close();
    expect(await reply).toMatchObject({ accepted: false });
  });

  it('takes nothing more', async () => {
    expect(await announce(anna)).toEqual({ accepted: true });
    gather.close();
    expect(await announce(ben)).toMatchObject({ accepted: false });
    expect(gather.close().updates).toEqual([accepted(anna)]);
  });
});
