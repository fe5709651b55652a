import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { MillraceError } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { type BlobStore, openBlobStore } from '#worker/blobs/blob-store.ts';
import { createCheckpointKeeper } from '#worker/checkpoint/checkpoint-keeper.ts';
import { loadErrorBuffer } from '#worker/round/error-buffer.ts';
import type { BlobSource } from '#worker/run/blob-source.ts';
import { initialState } from '#worker/run/replica.ts';
import { inlineCodec } from '../../support/inline-codec.ts';
import { digestOf } from '../../support/rounds/digest.ts';
import { type Head, LockstepNetwork } from '../../support/rounds/lockstep-network.ts';
import { lockstepRun } from '../../support/rounds/lockstep-run.ts';
import { playLockstep } from '../../support/rounds/lockstep-worker.ts';
import { createMemoryBlobs } from '../../support/memory-blobs.ts';
import { sealRound, testRun } from '../../support/round-fixtures.ts';
import { mountSmallDisk } from '../../support/small-disk.ts';

const run = lockstepRun({ width: 1, layers: 1 });
vi.setConfig({ testTimeout: 60_000 });
const disk = mountSmallDisk(4);
const never = new AbortController().signal;
afterAll(() => disk?.unmount());

const temporary = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-faults-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
};

interface StartOptions {
  /** Told of each round that begins. */
  readonly onRound?: (round: number) => void;
  /** The round whose update the store does not take. */
  readonly refusedRound?: number;
}

/** A worker with its error buffer and its blobs in `folder`, in rounds that wait for it. */
async function start(
  folder: string,
  quotaBytes: number,
  { refusedRound, onRound = () => undefined }: StartOptions = {},
) {
  const path = join(folder, 'error-buffer.bin');
  const warnings: string[] = [];
  const saved = new Map<number, string>();
  const others = createMemoryBlobs();
  const listeners = new Set<(head: Head) => void>();
  const network: LockstepNetwork = await LockstepNetwork.start(run, {
    put: (bytes) => Promise.resolve(others.put(bytes)),
    fetch: async ({ blob }) => (await store.get(blob)) ?? new Uint8Array(),
    onHead: (head) => {
      onRound(network.rounds.length);
      for (const listener of listeners) listener(head);
    },
  });
  let store: BlobStore;
  const blobs: BlobSource = {
    get: async (hash, request) => (await store.get(hash)) ?? (await others.get(hash, request)),
  };
  let stopping = new AbortController();
  let playing: Promise<void> = Promise.resolve();
  const stop = (): Promise<void> => {
    stopping.abort();
    return playing;
  };
  const live = async (quota: number): Promise<void> => {
    await stop();
    stopping = new AbortController();
    store = await openBlobStore({
      folder: join(folder, 'blobs'),
      quotaBytes: quota,
      warn: (text) => warnings.push(text),
    });
    listeners.clear();
    playing = playLockstep(
      {
        ...{ run, path, blobs, updates: inlineCodec, validatorAddress: '/memory/validator' },
        staged: (_, work) => work(),
        putBlob: (bytes: Uint8Array): Promise<BlobHash> =>
          network.rounds.length === refusedRound
            ? Promise.reject(new MillraceError('STORAGE', 'refused'))
            : store.put(bytes),
        announce: (_: string, bytes: Uint8Array) => network.announce(bytes),
        onHead: (listener) => {
          listeners.add(listener);
          listener(network.head);
          return () => void listeners.delete(listener);
        },
        onSaved: (round, _, errors) => void saved.set(round, digestOf(errors)),
        ...{
          address: () => '/memory/worker',
          onStep: () => Promise.resolve(),
          checkpoints: { offer: () => undefined },
        },
        warn: (text) => void warnings.push(text),
      },
      stopping.signal,
    );
  };
  onTestFinished(stop);
  onRound(0);
  await live(quotaBytes);
  return { network, warnings, saved, live, load: () => loadErrorBuffer(path, run) };
}

const LARGE = 2 ** 30;
const until = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 30_000, interval: 5 });
const announced = ({ network }: Awaited<ReturnType<typeof start>>, rounds: number): Promise<unknown> =>
  until(() => expect(network.rounds).toHaveLength(rounds));

/** What rounds 0 to 2 leave in the error buffer when the update of round 1 cannot be stored, whatever the reason. */
async function expectedDigest(): Promise<string | undefined> {
  const worker = await start(await temporary(), LARGE, { refusedRound: 1 });
  await until(() => expect(worker.warnings).toContain('refused'));
  worker.network.skip();
  await announced(worker, 3);
  return worker.saved.get(2);
}

describe.skipIf(disk === null)('a worker whose disk', () => {
  const folder = (): string => disk?.path ?? '';
  beforeEach(async () => {
    disk?.unlock();
    for (const name of await readdir(folder())) await rm(join(folder(), name), { recursive: true });
  });

  it.each([
    [
      'is full',
      () => disk?.fill(),
      () => disk?.free(),
      /The disk of .* is full: free some space on it, or start with --home/,
    ],
    [
      'cannot be written',
      () => disk?.lock(),
      () => disk?.unlock(),
      /cannot be written: make it writable for this user/,
    ],
  ])(
    '%s says so and what to do, keeps what it has learned and what it has stored, and goes on later',
    async (_, harm, mend, words) => {
      const expected = await expectedDigest();
      const worker = await start(folder(), LARGE, { onRound: (round) => round === 1 && harm() });
      await until(() => expect(worker.warnings.join('; ')).toMatch(words));
      for (const warning of worker.warnings) expect(warning).toMatch(words);
      // The buffer before the round, with its verdict, is as it was.
      expect(await worker.load()).toMatchObject({ lost: null, round: 0 });
      expect(digestOf((await worker.load()).errors)).toBe(worker.saved.get(0));
      mend();
      worker.network.skip();
      await announced(worker, 3);
      expect(worker.network.complaints).toEqual([]);
      expect(worker.saved.get(2), 'what was learned in the lost round is in it').toBe(expected);
      await until(async () => expect(await worker.load()).toMatchObject({ lost: null, round: 2 }));
    },
  );

  it('is full when a checkpoint is due makes none, says so, and makes the next', async () => {
    const store = await openBlobStore({ folder: join(folder(), 'blobs'), warn: vi.fn() });
    const warnings: string[] = [];
    const source = createMemoryBlobs();
    const checkpoints = createCheckpointKeeper({
      ...{ run: testRun, signal: never, warn: (text) => void warnings.push(text) },
      store: {
        put: (bytes) => store.put(bytes),
        keep: (hashes) => store.pin('checkpoint', hashes),
        quotaBytes: Infinity,
      },
    });
    const states = [await initialState(testRun)];
    for (let step = 1; step <= 6; step += 1) states.push(sealRound(source, states.at(-1)!, 20 + step).state);
    const offer = async (step: number) => {
      checkpoints.offer(states[step]!);
      await checkpoints.settled();
      return checkpoints.newest()?.step ?? null;
    };
    expect(await offer(2)).toBe(2);
    const before = checkpoints.newest()!.index!;
    disk!.fill();
    expect(await offer(4)).toBe(2);
    expect(warnings).toEqual([
      expect.stringMatching(/checkpoint of step 4 was not made: The disk of .* is full: free some/),
    ]);
    expect(await store.get(before)).not.toBeNull();
    disk!.free();
    expect(await offer(6)).toBe(6);
    expect(warnings).toHaveLength(1);
  });
});

it('a worker with a quota of zero says what to do, keeps what it has learned over a restart, and goes on with more', async () => {
  const worker = await start(await temporary(), 0);
  await until(() =>
    expect(worker.warnings.join()).toMatch(
      /No room for .*Give Millrace more disk space: in the Settings, or with --disk/,
    ),
  );
  await until(async () => expect(await worker.load()).toMatchObject({ lost: null, round: 0, sent: null }));
  const learned = worker.saved.get(0);
  expect(digestOf((await worker.load()).errors)).toBe(learned);
  await worker.live(LARGE);
  worker.network.skip();
  await announced(worker, 2);
  expect(worker.saved.get(0), 'the round is not trained again on the same text').toBe(learned);
  expect(await worker.load()).toMatchObject({ lost: null, round: 1 });
});

it('a clock that goes forward and back changes nothing, nor do files from the future or the past', async () => {
  const calm = await start(await temporary(), LARGE);
  await announced(calm, 6);
  const folder = await temporary();
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const years = [2100, 1970, 2040, 2000];
  const worker = await start(folder, LARGE, {
    onRound: (round) => vi.setSystemTime(new Date(Date.UTC(years[round % years.length]!, 1))),
  });
  await announced(worker, 3);
  for (const [n, name] of (await readdir(folder, { recursive: true })).entries()) {
    const time = Date.UTC(years[n % years.length]!, 1) / 1000;
    await utimes(join(folder, name), time, time).catch(() => undefined); // moved meanwhile
  }
  await worker.live(LARGE);
  await announced(worker, 6);
  expect(worker.network.complaints).toEqual([]);
  expect(worker.network.rounds.slice(0, 6)).toEqual(calm.network.rounds.slice(0, 6));
  expect(worker.warnings.filter((text) => !text.includes('announced again'))).toEqual([]);
});
