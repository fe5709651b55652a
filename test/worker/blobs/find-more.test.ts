import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { blobHash } from '#protocol/hash.ts';
import { BLOB_PROTOCOL, MAX_BLOB_MESSAGE_BYTES, encodeBlobResponse } from '#protocol/peer/blob-protocol.ts';
import { type BlobStore, openBlobStore } from '#worker/blobs/blob-store.ts';
import { fetchInto, type FetchBlobOptions, type SourceFailure } from '#worker/blobs/fetch-blob.ts';
import { serveBlobs } from '#worker/blobs/serve-blobs.ts';
import { readFrame, writeFrame } from '#worker/peer/frames.ts';
import type { Peer } from '#worker/peer/peer.ts';
import type { PeerStream } from '#worker/peer/peer-stream.ts';
import { pattern } from '../peer/pattern.ts';
import { addressOf, testFolder, testNetwork, testPeer } from '../peer/test-peers.ts';

const blob = pattern(300_000);
const hash = blobHash(blob);

const testStore = async (): Promise<BlobStore> =>
  openBlobStore({ folder: join(await testFolder(), 'blobs'), warn: () => undefined });

async function serves(peer: Peer, bytes = blob): Promise<void> {
  const store = await testStore();
  await store.put(bytes);
  await serveBlobs(peer, store);
}

async function misbehaves(peer: Peer, how: (stream: PeerStream) => Promise<void>): Promise<void> {
  await peer.handle(BLOB_PROTOCOL, async (stream) => {
    await readFrame(stream, MAX_BLOB_MESSAGE_BYTES);
    await how(stream);
  });
  await peer.providers.provide(hash);
}

const liesAbout = (peer: Peer): Promise<void> =>
  misbehaves(peer, async (stream) => {
    await writeFrame(stream, encodeBlobResponse({ kind: 'found', sizeBytes: blob.length }));
    await stream.write(pattern(blob.length, 99));
    await stream.closed;
  });

const searching = (peer: Peer, sources: readonly string[]): Omit<FetchBlobOptions, 'onFailure'> => ({
  ...{ peer, hash, sources },
  findMore: (signal) => peer.providers.find(hash, signal),
});

describe('a blob whose known holders do not give it', () => {
  it('comes from a node that only the DHT knows, when its announcer is gone', async () => {
    const [validator, announcer, holder, seeker] = await testNetwork(5);
    await serves(announcer!);
    // The holder fetched it while its announcer lived, and says so.
    const held = await testStore();
    await fetchInto(held, { peer: holder!, hash, sources: [addressOf(announcer!)] });
    await serveBlobs(holder!, held);
    await holder!.providers.provide(hash);
    const gone = addressOf(announcer!);
    await announcer!.stop();
    await serveBlobs(validator!, await testStore());

    const store = await testStore();
    const fetched = await fetchInto(store, searching(seeker!, [gone, addressOf(validator!)]));
    expect(fetched.sources).toEqual([addressOf(holder!)]);
    expect(fetched.failures.map(({ code }) => code).toSorted()).toEqual(['BLOB_MISSING', 'PEER_UNREACHABLE']);
    expect(await store.get(hash)).toEqual(blob);
  });

  it('is looked for when its only known holder begins and then stalls', async () => {
    const [stalled, holder, seeker] = await testNetwork(3);
    await misbehaves(stalled!, async (stream) => {
      await writeFrame(stream, encodeBlobResponse({ kind: 'found', sizeBytes: blob.length }));
      await stream.closed;
    });
    await serves(holder!);
    await holder!.providers.provide(hash);
    const fetched = await fetchInto(await testStore(), searching(seeker!, [addressOf(stalled!)]));
    expect(fetched.sources).toEqual([addressOf(holder!)]);
  });

  it('is not looked for when a known holder gives it', async () => {
    const [holder, peer] = [await testPeer(), await testPeer()];
    await serves(holder);
    const findMore = vi.fn<NonNullable<FetchBlobOptions['findMore']>>();
    await fetchInto(await testStore(), { peer, hash, sources: [addressOf(holder)], findMore });
    expect(findMore).not.toHaveBeenCalled();
  });

  it('is looked for once, and each who is found is asked once', async () => {
    const [empty, peer] = [await testPeer(), await testPeer()];
    await serveBlobs(empty, await testStore());
    const asked = vi.fn<(failure: SourceFailure) => void>();
    const findMore = vi.fn<NonNullable<FetchBlobOptions['findMore']>>(async function* () {
      await Promise.resolve();
      yield* [addressOf(empty), addressOf(empty), addressOf(peer)];
    });
    const fetching = fetchInto(await testStore(), { peer, hash, sources: [], findMore, onFailure: asked });
    await expect(fetching).rejects.toMatchObject({ code: 'BLOB_MISSING' });
    expect(findMore).toHaveBeenCalledOnce();
    expect(asked).toHaveBeenCalledOnce();
  });
});

describe('a DHT full of providers that', () => {
  it('lie costs the bytes of their lies: each is named, and the honest one gives the blob', async () => {
    const [, honest, seeker, ...liars] = await testNetwork(8);
    await Promise.all(liars.map(liesAbout));
    await serves(honest!);
    await honest!.providers.provide(hash);
    const fetched = await fetchInto(await testStore(), searching(seeker!, []));
    expect(fetched.sources).toEqual([addressOf(honest!)]);
    for (const { address, code } of fetched.failures) {
      expect(liars.map(addressOf)).toContain(address);
      expect(code).toBe('BLOB_MISMATCH');
    }
  });

  it('do not answer costs bounded time', async () => {
    const [, seeker, ...silent] = await testNetwork(8);
    await Promise.all(silent.map((peer) => misbehaves(peer, (stream) => stream.closed)));
    const startMs = performance.now();
    const fetching = fetchInto(await testStore(), { ...searching(seeker!, []), stallTimeoutMs: 1000 });
    await expect(fetching).rejects.toMatchObject({ code: 'BLOB_MISSING' });
    // Found within ten seconds, asked all at once or two seconds apart, each given up after one.
    expect(performance.now() - startMs).toBeLessThan(15_000);
  });

  it('are gone costs bounded time', async () => {
    const [, seeker, ...lost] = await testNetwork(6);
    await Promise.all(lost.map((peer) => peer.providers.provide(hash)));
    await Promise.all(lost.map((peer) => peer.stop()));
    const startMs = performance.now();
    const fetching = fetchInto(await testStore(), searching(seeker!, []));
    await expect(fetching).rejects.toMatchObject({ code: 'BLOB_MISSING' });
    expect(performance.now() - startMs).toBeLessThan(15_000);
  });
});
