import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blobHash } from '#protocol/hash.ts';
import {
  BLOB_PIECE_BYTES,
  BLOB_PROTOCOL,
  MAX_BLOB_MESSAGE_BYTES,
  decodeBlobAsk,
  encodeBlobResponse,
} from '#protocol/peer/blob-protocol.ts';
import { type BlobStore, openBlobStore } from '#worker/blobs/blob-store.ts';
import { fetchInto } from '#worker/blobs/fetch-blob.ts';
import { serveBlobs } from '#worker/blobs/serve-blobs.ts';
import { FairRate } from '#worker/peer/fair-rate.ts';
import { readFrame, readFrameOrEnd, writeFrame } from '#worker/peer/frames.ts';
import type { Peer } from '#worker/peer/peer.ts';
import type { PeerStream } from '#worker/peer/peer-stream.ts';
import { pattern } from '../peer/pattern.ts';
import { addressOf, testFolder, testPeer } from '../peer/test-peers.ts';

const PIECES = 20;
const blob = pattern(PIECES * BLOB_PIECE_BYTES - 100);
const hash = blobHash(blob);

const testStore = async (folder?: string): Promise<BlobStore> =>
  openBlobStore({ folder: folder ?? (await testFolder()), warn: () => undefined });

/** Comparing element by element would take seconds. */
const holdsIt = async (store: BlobStore): Promise<boolean> => Buffer.from((await store.get(hash)) ?? []).equals(blob);

interface Sender {
  readonly address: string;
  readonly peer: Peer;
  /** Pieces that it was asked for, in order; 'hashes' for the list of hashes. */
  readonly asked: (number | 'hashes')[];
}

interface Behaviour {
  /** What it has; the right blob otherwise. */
  readonly bytes?: Uint8Array;
  /** What it says the size is. */
  readonly sizeBytes?: number;
  /** Runs before each answer. */
  readonly before?: (stream: PeerStream, answered: number) => Promise<void>;
  readonly hashesOf?: Uint8Array;
}

/** A peer that keeps to the protocol but for how it behaves. */
async function sender(behaviour: Behaviour = {}): Promise<Sender> {
  const { bytes = blob, sizeBytes = bytes.length, before, hashesOf = bytes } = behaviour;
  const peer = await testPeer();
  const asked: (number | 'hashes')[] = [];
  await peer.handle(BLOB_PROTOCOL, async (stream) => {
    await readFrame(stream, MAX_BLOB_MESSAGE_BYTES);
    await writeFrame(stream, encodeBlobResponse({ kind: 'found', sizeBytes }));
    for (;;) {
      const frame = await readFrameOrEnd(stream, MAX_BLOB_MESSAGE_BYTES);
      if (frame === null) return;
      const ask = decodeBlobAsk(frame);
      await before?.(stream, asked.length);
      asked.push(ask.kind === 'hashes' ? 'hashes' : ask.offset / BLOB_PIECE_BYTES);
      if (ask.kind === 'range') await stream.write(bytes.slice(ask.offset, ask.offset + ask.sizeBytes));
      else await stream.write(Buffer.concat(piecesOf(hashesOf).map((piece) => Buffer.from(blobHash(piece), 'hex'))));
    }
  });
  return { address: addressOf(peer), peer, asked };
}

const piecesOf = (bytes: Uint8Array): readonly Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / BLOB_PIECE_BYTES) }, (_, piece) =>
    bytes.subarray(piece * BLOB_PIECE_BYTES, (piece + 1) * BLOB_PIECE_BYTES),
  );

/** The blob with one wrong byte in each of these pieces. */
function spoiled(...pieces: readonly number[]): Uint8Array {
  const bytes = blob.slice();
  for (const piece of pieces) bytes[piece * BLOB_PIECE_BYTES + 7]! ^= 1;
  return bytes;
}

const allPieces = Array.from({ length: PIECES }, (_, piece) => piece);
const inOrder = (pieces: readonly (number | 'hashes')[]): readonly (number | 'hashes')[] =>
  pieces.toSorted((a, b) => Number(a) - Number(b));

describe('a fetch that was broken off', () => {
  it('goes on with the pieces that are missing when the line breaks', async () => {
    const breaking = await sender({
      before: (stream, answered) => {
        if (answered === 8) stream.abort(new Error('the line broke'));
        return Promise.resolve();
      },
    });
    const [peer, store] = [await testPeer(), await testStore()];
    const { failures, sources } = await fetchInto(store, { peer, hash, sources: [breaking.address] });
    expect(await holdsIt(store)).toBe(true);
    expect([failures, sources]).toEqual([[], [breaking.address]]);
    // What was on its way when the line broke is asked for again, and nothing else.
    expect(breaking.asked.length).toBeLessThanOrEqual(PIECES + 8);
  });

  it('goes on after a restart of the process, and counts what it has', async () => {
    const folder = await testFolder();
    const leaving: Sender = await sender({
      before: async (_, answered) => {
        if (answered === 9) await leaving.peer.stop();
      },
    });
    const peer = await testPeer();
    const first = await testStore(folder);
    await expect(fetchInto(first, { peer, hash, sources: [leaving.address] })).rejects.toMatchObject({
      code: 'BLOB_MISSING',
    });
    expect(first.usedBytes).toBeGreaterThan(0);

    const again = await testStore(folder);
    expect(again.usedBytes).toBe(first.usedBytes);
    const whole = await sender();
    await fetchInto(again, { peer, hash, sources: [whole.address] });
    expect(await holdsIt(again)).toBe(true);
    expect(whole.asked).toHaveLength(PIECES - first.usedBytes / BLOB_PIECE_BYTES);
    expect(again.usedBytes).toBe(blob.length);
    expect(await readdir(join(folder, 'partial'))).toEqual([]);
  });

  it('keeps what has come when its caller stops it', async () => {
    const [peer, store, controller] = [await testPeer(), await testStore(), new AbortController()];
    const source = await sender({
      before: (_, answered) => {
        if (answered === 10) controller.abort();
        return Promise.resolve();
      },
    });
    const stopped = fetchInto(store, { peer, hash, sources: [source.address], signal: controller.signal });
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    const kept = store.usedBytes / BLOB_PIECE_BYTES;
    source.asked.length = 0;
    await fetchInto(store, { peer, hash, sources: [(await sender()).address] });
    expect(await holdsIt(store)).toBe(true);
    expect(kept).toBeGreaterThan(0);
  });

  it('gives its room to others when nobody goes on with it', async () => {
    const folder = await testFolder();
    const store = await openBlobStore({ folder, quotaBytes: blob.length, warn: () => undefined });
    const leaving: Sender = await sender({
      before: async (_, answered) => {
        if (answered === 9) await leaving.peer.stop();
      },
    });
    const peer = await testPeer();
    await fetchInto(store, { peer, hash, sources: [leaving.address] }).catch(() => undefined);
    const other = pattern(blob.length, 5);
    await store.put(other);
    expect(store.has(blobHash(other))).toBe(true);
    expect(await readdir(join(folder, 'partial'))).toEqual([]);
    expect(store.usedBytes).toBe(other.length);
  });
});

describe('a large blob', () => {
  it('comes from several sources at once, each piece once', async () => {
    const senders = [await sender(), await sender(), await sender()];
    const [peer, store] = [await testPeer(), await testStore()];
    const addresses = senders.map(({ address }) => address);
    const { sources } = await fetchInto(store, { peer, hash, sources: addresses });
    expect(await holdsIt(store)).toBe(true);
    expect(inOrder(senders.flatMap(({ asked }) => asked))).toEqual(allPieces);
    expect(addresses).toEqual(expect.arrayContaining([...sources]));
  });

  it('is fetched once when two ask for it at the same time', async () => {
    const source = await sender();
    const [peer, store] = [await testPeer(), await testStore()];
    const options = { peer, hash, sources: [source.address] };
    await Promise.all([fetchInto(store, options), fetchInto(store, options)]);
    expect(inOrder(source.asked)).toEqual(allPieces);
  });

  it('arrives although one source after the other leaves in the middle', async () => {
    const leaving = await Promise.all(
      [3, 4].map(async (after) => {
        const one: Sender = await sender({
          before: async (_, answered) => {
            if (answered === after) await one.peer.stop();
          },
        });
        return one;
      }),
    );
    const last = await sender();
    const [peer, store] = [await testPeer(), await testStore()];
    const { failures } = await fetchInto(store, {
      ...{ peer, hash },
      sources: [...leaving.map(({ address }) => address), last.address],
    });
    expect(await holdsIt(store)).toBe(true);
    expect(failures.filter(({ code }) => code !== 'PEER_UNREACHABLE')).toEqual([]);
  });

  it('does not wait for a source that has stopped sending: others bring its pieces', async () => {
    const stuck = await sender({ before: (stream, answered) => (answered < 2 ? Promise.resolve() : stream.closed) });
    const other = await sender();
    const [peer, store] = [await testPeer(), await testStore()];
    const startMs = performance.now();
    const { failures } = await fetchInto(store, {
      ...{ peer, hash, stallTimeoutMs: 60_000 },
      sources: [stuck.address, other.address],
    });
    expect(await holdsIt(store)).toBe(true);
    expect(failures).toEqual([]);
    expect(performance.now() - startMs).toBeLessThan(15_000);
  });

  it('comes no faster than the cap on what may come in', async () => {
    const source = await sender();
    const [peer, store] = [await testPeer(), await testStore()];
    const inbound = new FairRate({ bytesPerSecond: 20_000_000 });
    const startMs = performance.now();
    await fetchInto(store, { peer, hash, sources: [source.address], inbound });
    // All but one burst, and the last piece, which is paid for after it came.
    expect(performance.now() - startMs).toBeGreaterThan(
      ((blob.length - 2_000_000 - BLOB_PIECE_BYTES) / 20_000_000) * 1000,
    );
  });

  it('goes out no faster than the cap of its server', async () => {
    const [source, held] = [await testPeer(), await testStore()];
    await held.put(blob);
    await serveBlobs(source, held, { caps: { bytesPerSecondPerPeer: 20_000_000 } });
    const [peer, store] = [await testPeer(), await testStore()];
    const startMs = performance.now();
    await fetchInto(store, { peer, hash, sources: [addressOf(source)] });
    expect(performance.now() - startMs).toBeGreaterThan(
      ((blob.length - 2_000_000 - BLOB_PIECE_BYTES) / 20_000_000) * 1000,
    );
  });
});

describe('a sender of wrong bytes among honest ones', () => {
  it('is named once, and the blob is made with what the honest one says', async () => {
    const liar = await sender({ bytes: spoiled(...allPieces) });
    const honest = await sender();
    const [peer, store] = [await testPeer(), await testStore()];
    const { failures } = await fetchInto(store, { peer, hash, sources: [liar.address, honest.address] });
    expect(await holdsIt(store)).toBe(true);
    expect(failures).toMatchObject([{ address: liar.address, code: 'BLOB_MISMATCH' }]);
  });

  it('is named although it gives the hashes of the right blob', async () => {
    const liar = await sender({ bytes: spoiled(0), hashesOf: blob });
    const honest = await sender();
    const [peer, store] = [await testPeer(), await testStore()];
    const { failures } = await fetchInto(store, { peer, hash, sources: [liar.address, honest.address] });
    expect(await holdsIt(store)).toBe(true);
    expect(failures.map(({ address }) => address)).toEqual([liar.address]);
  });

  it('whose pieces were kept over a restart costs these pieces and no more', async () => {
    const folder = await testFolder();
    const liar: Sender = await sender({
      bytes: spoiled(2),
      before: async (_, answered) => {
        if (answered === 9) await liar.peer.stop();
      },
    });
    const peer = await testPeer();
    await fetchInto(await testStore(folder), { peer, hash, sources: [liar.address] }).catch(() => undefined);
    const store = await testStore(folder);
    const kept = store.usedBytes / BLOB_PIECE_BYTES;
    const honest = await sender();
    await fetchInto(store, { peer, hash, sources: [honest.address] });
    expect(await holdsIt(store)).toBe(true);
    expect(honest.asked.filter((piece) => piece === 'hashes')).toHaveLength(1);
    expect(honest.asked.slice(-1)).toEqual([2]);
    expect(honest.asked).toHaveLength(PIECES - kept + 2);
  });

  it('does not keep the blob from coming when it lies about the size', async () => {
    for (const sizeBytes of [blob.length - 1, blob.length + 1, 0, 3]) {
      const liar = await sender({ bytes: pattern(blob.length + 1, 4), sizeBytes });
      const honest = await sender();
      const [peer, store] = [await testPeer(), await testStore()];
      const { failures } = await fetchInto(store, { peer, hash, sources: [liar.address, honest.address] });
      expect(await holdsIt(store)).toBe(true);
      expect(store.usedBytes).toBe(blob.length);
      expect(failures.every(({ address }) => address === liar.address)).toBe(true);
    }
  });

  it('leaves nothing behind when nobody is honest', async () => {
    const liars = [await sender({ bytes: spoiled(1) }), await sender({ bytes: spoiled(2) })];
    const folder = await testFolder();
    const [peer, store] = [await testPeer(), await testStore(folder)];
    const fetching = fetchInto(store, { peer, hash, sources: liars.map(({ address }) => address) });
    await expect(fetching).rejects.toMatchObject({ code: 'BLOB_MISSING' });
    expect(store.usedBytes).toBe(0);
    expect(await readdir(join(folder, 'partial'))).toEqual([]);
  });
});
