import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { blobHash } from '#protocol/hash.ts';
import type { BlobHash } from '#protocol/ids.ts';
import {
  BLOB_PROTOCOL,
  BLOB_PIECE_BYTES,
  MAX_BLOB_MESSAGE_BYTES,
  encodeBlobAsk,
  encodeBlobRequest,
  encodeBlobResponse,
} from '#protocol/peer/blob-protocol.ts';
import { type BlobStore, openBlobStore } from '#worker/blobs/blob-store.ts';
import {
  BlobMissingError,
  type FetchBlobOptions,
  type FetchedBlob,
  type SourceFailure,
  fetchInto,
} from '#worker/blobs/fetch-blob.ts';
import { serveBlobs } from '#worker/blobs/serve-blobs.ts';
import { readFrame, writeFrame } from '#worker/peer/frames.ts';
import type { Peer } from '#worker/peer/peer.ts';
import type { PeerStream } from '#worker/peer/peer-stream.ts';
import { pattern } from '../peer/pattern.ts';
import { addressOf, testFolder, testPeer } from '../peer/test-peers.ts';

const blob = pattern(300_000);
const hash = blobHash(blob);

const testStore = async (): Promise<BlobStore> => openBlobStore({ folder: await testFolder(), warn: () => undefined });

/** Into a store of its own, and from there. */
async function fetchBlob(options: FetchBlobOptions): Promise<FetchedBlob & { readonly bytes: Uint8Array }> {
  const store = await testStore();
  const fetched = await fetchInto(store, options);
  return { ...fetched, bytes: (await store.get(options.hash))! };
}

async function server(...blobs: readonly Uint8Array[]): Promise<Peer> {
  const peer = await testPeer();
  const store = await testStore();
  for (const bytes of blobs) await store.put(bytes);
  await serveBlobs(peer, store);
  return peer;
}

/** A peer that reads the request as it should and then does what `misbehave` says. */
async function hostile(misbehave: (stream: PeerStream) => Promise<void>): Promise<Peer> {
  const peer = await testPeer();
  await peer.handle(BLOB_PROTOCOL, async (stream) => {
    await readFrame(stream, MAX_BLOB_MESSAGE_BYTES);
    await misbehave(stream);
  });
  return peer;
}

const claim = (stream: PeerStream, sizeBytes: number): Promise<void> =>
  writeFrame(stream, encodeBlobResponse({ kind: 'found', sizeBytes }));

/** Holds a hostile stream open until the other side gives up. */
const untilGone = (stream: PeerStream): Promise<void> => stream.closed;

async function failureOf(fetching: Promise<unknown>): Promise<BlobMissingError> {
  const error: unknown = await fetching.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BlobMissingError);
  return error as BlobMissingError;
}

describe('a blob from an honest peer', () => {
  it('arrives whole and names its source', async () => {
    const [source, peer] = [await server(blob), await testPeer()];
    const fetched = await fetchBlob({ peer, hash, sources: [addressOf(source)] });
    expect(fetched.bytes).toEqual(blob);
    expect(fetched).toMatchObject({ sizeBytes: blob.length, sources: [addressOf(source)], failures: [] });
  });

  it('may be empty', async () => {
    const empty = new Uint8Array(0);
    const [source, peer] = [await server(empty), await testPeer()];
    const fetched = await fetchBlob({ peer, hash: blobHash(empty), sources: [addressOf(source)] });
    expect(fetched.bytes).toEqual(empty);
  });

  it('arrives in a store, from where it is not fetched again', async () => {
    const [source, peer, store] = [await server(blob), await testPeer(), await testStore()];
    await fetchInto(store, { peer, hash, sources: [addressOf(source)] });
    expect(await store.get(hash)).toEqual(blob);
    expect(await fetchInto(store, { peer, hash, sources: [] })).toEqual({
      sizeBytes: blob.length,
      sources: [],
      failures: [],
    });
  });

  it('arrives with many others at the same time, however many that are', async () => {
    const blobs = Array.from({ length: 40 }, (_, i) => pattern(20_000 + i, i));
    const [source, peer] = [await server(...blobs), await testPeer()];
    const sources = [addressOf(source)];
    const fetched = await Promise.all(blobs.map((bytes) => fetchBlob({ peer, hash: blobHash(bytes), sources })));
    expect(fetched.map(({ bytes }) => bytes)).toEqual(blobs);
    expect(fetched.every(({ failures }) => failures.length === 0)).toBe(true);
  });

  it('is larger than every buffer on the way', async () => {
    const large = pattern(12 * 1024 * 1024);
    const [source, peer, store] = [await server(large), await testPeer(), await testStore()];
    await fetchInto(store, { peer, hash: blobHash(large), sources: [addressOf(source)] });
    expect(store.sizeOf(blobHash(large))).toBe(large.length);
  });

  it('is asked of the source that chance picks first, then of the next in order', async () => {
    const [a, b, c] = [await server(), await server(), await server(blob)];
    const peer = await testPeer();
    const sources = [a, b, c].map(addressOf);
    const fetched = await fetchBlob({ peer, hash, sources, random: () => 0.4 });
    expect(fetched.sources).toEqual([sources[2]]);
    expect(fetched.failures.map(({ address }) => address)).toEqual([sources[1]]);
  });
});

describe('a peer that is not honest', () => {
  it('is named when it sends bytes of another blob, and the next source is asked', async () => {
    const liar = await hostile(async (stream) => {
      await claim(stream, blob.length);
      await stream.write(pattern(blob.length, 99));
    });
    const [source, peer] = [await server(blob), await testPeer()];
    const onFailure = vi.fn<(failure: SourceFailure) => void>();
    const fetched = await fetchBlob({ peer, hash, sources: [addressOf(liar), addressOf(source)], onFailure });
    expect(fetched.bytes).toEqual(blob);
    expect(fetched.sources).toEqual([addressOf(source)]);
    expect(fetched.failures).toMatchObject([{ address: addressOf(liar), code: 'BLOB_MISMATCH' }]);
    expect(onFailure).toHaveBeenCalledExactlyOnceWith(fetched.failures[0]);
  });

  it('leaves nothing in a store when it sends bytes of another blob', async () => {
    const folder = await testFolder();
    const store = await openBlobStore({ folder, warn: () => undefined });
    const liar = await hostile(async (stream) => {
      await claim(stream, blob.length);
      await stream.write(pattern(blob.length, 99));
    });
    const peer = await testPeer();
    const { failures } = await failureOf(fetchInto(store, { peer, hash, sources: [addressOf(liar)] }));
    expect(failures).toMatchObject([{ code: 'BLOB_MISMATCH' }]);
    expect(await readdir(folder)).toEqual(['partial', 'tmp']);
    expect(await readdir(join(folder, 'partial'))).toEqual([]);
    expect(store.usedBytes).toBe(0);
  });

  it('is refused without an allocation when it announces a huge size', async () => {
    const boaster = await hostile(async (stream) => {
      await claim(stream, Number.MAX_SAFE_INTEGER);
      await untilGone(stream);
    });
    const peer = await testPeer();
    // An allocation of that size would throw a RangeError, which is not a failure of the source.
    const { failures } = await failureOf(fetchBlob({ peer, hash, sources: [addressOf(boaster)], maxBytes: 1_000_000 }));
    expect(failures).toMatchObject([
      { code: 'PROTOCOL', message: expect.stringContaining('at most 1000000') as string },
    ]);
  });

  it('is given up when it stalls before the answer', async () => {
    const sleeper = await hostile(untilGone);
    const [source, peer] = [await server(blob), await testPeer()];
    const sources = [addressOf(sleeper), addressOf(source)];
    const fetched = await fetchBlob({ peer, hash, sources, stallTimeoutMs: 500 });
    expect(fetched.bytes).toEqual(blob);
    expect(fetched.failures).toMatchObject([{ code: 'TIMEOUT' }]);
  });

  it('is given up when it stalls in the middle', async () => {
    const sleeper = await hostile(async (stream) => {
      await claim(stream, blob.length);
      await stream.write(blob.subarray(0, 1000));
      await untilGone(stream);
    });
    const peer = await testPeer();
    const { failures } = await failureOf(fetchBlob({ peer, hash, sources: [addressOf(sleeper)], stallTimeoutMs: 60 }));
    expect(failures).toMatchObject([{ code: 'TIMEOUT', message: expect.stringContaining('sends no bytes') as string }]);
  });

  it('is given up when it drips for longer than the whole transfer may take', async () => {
    const dripping = await hostile(async (stream) => {
      await claim(stream, blob.length);
      const drip = setInterval(() => void stream.write(new Uint8Array(1)).catch(() => undefined), 5);
      await untilGone(stream);
      clearInterval(drip);
    });
    const peer = await testPeer();
    const sources = [addressOf(dripping)];
    const { failures } = await failureOf(fetchBlob({ peer, hash, sources, stallTimeoutMs: 5_000, timeoutMs: 150 }));
    expect(failures).toMatchObject([{ code: 'TIMEOUT', message: expect.stringContaining('150 ms') as string }]);
  });

  it('is passed over when it closes midway', async () => {
    const quitter = await hostile(async (stream) => {
      await claim(stream, blob.length);
      await stream.write(blob.subarray(0, 1000));
    });
    const peer = await testPeer();
    const { failures } = await failureOf(fetchBlob({ peer, hash, sources: [addressOf(quitter)] }));
    expect(failures).toMatchObject([
      { code: 'PEER_UNREACHABLE', message: expect.stringContaining('1000 of 300000') as string },
    ]);
  });

  it('is passed over when it resets midway', async () => {
    const resetting = await hostile(async (stream) => {
      await claim(stream, blob.length);
      throw new Error('pulled the plug');
    });
    const peer = await testPeer();
    const { failures } = await failureOf(fetchBlob({ peer, hash, sources: [addressOf(resetting)] }));
    expect(failures).toMatchObject([{ code: 'PEER_UNREACHABLE' }]);
  });

  it('is passed over when it answers garbage', async () => {
    const babbler = await hostile((stream) => stream.write(pattern(5_000)));
    const peer = await testPeer();
    const { failures } = await failureOf(fetchBlob({ peer, hash, sources: [addressOf(babbler)] }));
    expect(failures).toMatchObject([{ code: 'PROTOCOL' }]);
  });

  it('may send more than it announced, of which nothing is read', async () => {
    const generous = await hostile(async (stream) => {
      await claim(stream, blob.length);
      await stream.write(blob);
      await stream.write(pattern(50_000));
    });
    const peer = await testPeer();
    const fetched = await fetchBlob({ peer, hash, sources: [addressOf(generous)] });
    expect(fetched.bytes).toEqual(blob);
  });
});

describe('a blob that nobody gives', () => {
  it('is reported with everyone who was asked and what each answered', async () => {
    const [empty, other, gone] = [await server(), await server(pattern(10)), await testPeer()];
    const sources = [addressOf(empty), addressOf(other), addressOf(gone), 'not an address'];
    await gone.stop();
    const peer = await testPeer();
    const error = await failureOf(fetchBlob({ peer, hash, sources: [...sources, addressOf(peer)] }));
    expect(error.code).toBe('BLOB_MISSING');
    expect(error.failures.map(({ address }) => address)).toEqual(sources);
    expect(error.failures.map(({ code }) => code)).toEqual([
      'BLOB_MISSING',
      'BLOB_MISSING',
      'PEER_UNREACHABLE',
      'PROTOCOL',
    ]);
    for (const address of sources) expect(error.message).toContain(`peer …${address.slice(-6)}`);
  });

  it('is reported when it is larger than the asker takes', async () => {
    const [source, peer] = [await server(blob), await testPeer()];
    const { failures } = await failureOf(fetchBlob({ peer, hash, sources: [addressOf(source)], maxBytes: 299_999 }));
    expect(failures).toMatchObject([{ code: 'PROTOCOL', message: expect.stringContaining('300000 bytes') as string }]);
  });

  it('is reported when there is nobody to ask', async () => {
    const peer = await testPeer();
    const error = await failureOf(fetchBlob({ peer, hash, sources: [] }));
    expect(error.message).toContain('Nobody to ask');
  });
});

describe('a fetch that its caller stops', () => {
  const stopped = async (signal: (asked: Promise<void>) => AbortSignal): Promise<unknown> => {
    let tell: () => void;
    const asked = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const sleeper = await hostile(async (stream) => {
      tell();
      await untilGone(stream);
    });
    const [source, peer] = [await server(blob), await testPeer()];
    const sources = [addressOf(sleeper), addressOf(source)];
    return fetchBlob({ peer, hash, sources, signal: signal(asked) }).catch((error: unknown) => error);
  };

  it('ends at once and asks nobody else', async () => {
    const controller = new AbortController();
    const error = await stopped((asked) => {
      void asked.then(() => controller.abort());
      return controller.signal;
    });
    expect(error).toMatchObject({ code: 'ABORTED' });
  });

  it('says that time is up when the signal was a timeout', async () => {
    expect(await stopped(() => AbortSignal.timeout(80))).toMatchObject({ code: 'TIMEOUT' });
  });

  it('does not begin when it was stopped before', async () => {
    expect(await stopped(() => AbortSignal.abort())).toMatchObject({ code: 'ABORTED' });
  });
});

describe('a server of blobs', () => {
  it('survives a peer that asks in garbage, and serves on', async () => {
    const [source, peer] = [await server(blob), await testPeer()];
    const stream = await peer.open(BLOB_PROTOCOL, addressOf(source));
    await stream.write(pattern(1_000));
    await stream.closed;
    expect((await fetchBlob({ peer, hash, sources: [addressOf(source)] })).bytes).toEqual(blob);
  });

  it('drops a peer that does not take what it asked for', async () => {
    const large = pattern(8 * 1024 * 1024);
    const [source, store, peer] = [await testPeer(), await testStore(), await testPeer()];
    const largeHash: BlobHash = await store.put(large);
    await serveBlobs(source, store, { stallTimeoutMs: 300 });
    const stream = await peer.open(BLOB_PROTOCOL, addressOf(source));
    await writeFrame(stream, encodeBlobRequest({ hash: largeHash, maxBytes: large.length }));
    for (let offset = 0; offset < large.length; offset += BLOB_PIECE_BYTES) {
      await writeFrame(stream, encodeBlobAsk({ kind: 'range', offset, sizeBytes: BLOB_PIECE_BYTES }));
    }
    // Nothing is read: the windows fill, then the server waits in vain.
    await stream.closed;
    await expect(stream.write(new Uint8Array(1))).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
  });

  it('says that it does not have a blob whose file was damaged', async () => {
    const folder = await testFolder();
    const warn = vi.fn<(message: string) => void>();
    const store = await openBlobStore({ folder, warn });
    await store.put(blob);
    await writeFile(join(folder, hash.slice(0, 2), hash.slice(2)), pattern(300_000, 5));
    const [source, peer] = [await testPeer(), await testPeer()];
    await serveBlobs(source, store);
    const { failures } = await failureOf(fetchBlob({ peer, hash, sources: [addressOf(source)] }));
    expect(failures).toMatchObject([{ code: 'BLOB_MISSING' }]);
    expect(warn).toHaveBeenCalledOnce();
  });
});
