import { mkdtemp, rm } from 'node:fs/promises';
import { concatBytes } from '#protocol/bytes.ts';
import { errorCode } from '#protocol/errors.ts';
import { blobHash } from '#protocol/hash.ts';
import {
  BLOB_PIECE_BYTES,
  encodeBlobAsk,
  encodeBlobRequest,
  encodeBlobResponse,
  pieceCount,
} from '#protocol/peer/blob-protocol.ts';
import { encodeFrame } from '#protocol/peer/frame.ts';
import { BlobAsker } from '#worker/blobs/blob-asker.ts';
import { openBlobStore } from '#worker/blobs/blob-store.ts';
import { serveBlobs } from '#worker/blobs/serve-blobs.ts';
import type { Peer, StreamHandler } from '#worker/peer/peer.ts';
import { MemoryStream } from './memory-stream.ts';
import { mutate } from './mutate.ts';
import { scratchFolder } from './scratch-folder.ts';
import type { FuzzTarget } from './target.ts';

/** Of two pieces, so that ranges can lie across their border and behind the end. */
const BLOB_BYTES = BLOB_PIECE_BYTES + 1000;
const blob = Uint8Array.from({ length: BLOB_BYTES }, (_, i) => (i * 31) % 251);
const hash = blobHash(blob);

const range = (offset: number, sizeBytes: number): Uint8Array =>
  encodeFrame(encodeBlobAsk({ kind: 'range', offset, sizeBytes }));
const hashes = encodeFrame(encodeBlobAsk({ kind: 'hashes' }));
const request = (maxBytes: number): Uint8Array => encodeFrame(encodeBlobRequest({ hash, maxBytes }));

/** What an honest asker sends on one stream. */
const askers: readonly Uint8Array[] = [
  concatBytes(request(BLOB_BYTES), range(0, 300), range(BLOB_PIECE_BYTES - 5, 10), range(BLOB_BYTES - 7, 7), hashes),
  concatBytes(request(2 ** 40), hashes, range(BLOB_PIECE_BYTES, 1000)),
  concatBytes(request(BLOB_BYTES - 1)),
  encodeFrame(encodeBlobRequest({ hash: blobHash(new Uint8Array(1)), maxBytes: 5 })),
];

/** A server that reads what a stranger sends to it, over whole streams. */
export const serverTarget: FuzzTarget = {
  name: 'server',
  about: 'whole streams of asks, answered by the server of blobs',
  share: 4,
  capBytes: 64 * 2 ** 20,
  async open() {
    const folder = await mkdtemp(scratchFolder());
    const store = await openBlobStore({ folder, warn: () => undefined });
    await store.put(blob);
    const handler = await new Promise<StreamHandler>((resolve) => {
      const peer: Pick<Peer, 'handle'> = {
        handle: (_protocol, handle) => {
          resolve(handle);
          return Promise.resolve();
        },
      };
      void serveBlobs(peer as Peer, store);
    });
    return {
      prepare(random) {
        const [seed, other] = [askers[random.nextBelow(askers.length)]!, askers[random.nextBelow(askers.length)]!];
        const bytes = mutate(seed, other, random);
        return async () => {
          const stream = new MemoryStream(bytes);
          const wasRead = await handler(stream.asPeerStream()).then(
            () => true,
            (error: unknown) => {
              if (errorCode(error) !== 'PROTOCOL') throw error;
              return false;
            },
          );
          // No frame has fewer than 15 bytes, and none asks for more than a piece.
          if (stream.writtenBytes > 100 + (bytes.length / 15) * BLOB_PIECE_BYTES) throw new Error('Too much was sent');
          return wasRead;
        };
      },
      close: () => rm(folder, { recursive: true, force: true }),
    };
  },
};

const found = encodeFrame(encodeBlobResponse({ kind: 'found', sizeBytes: BLOB_BYTES }));
const servers: readonly Uint8Array[] = [
  concatBytes(found, blob.subarray(0, 300)),
  concatBytes(found, new Uint8Array(pieceCount(BLOB_BYTES) * 32)),
  encodeFrame(encodeBlobResponse({ kind: 'missing' })),
  encodeFrame(encodeBlobResponse({ kind: 'too-large', sizeBytes: 2 ** 40 })),
];
const MAX_BYTES = 2 * BLOB_BYTES;

/** An asker that reads what a stranger answers. */
export const askerTarget: FuzzTarget = {
  name: 'asker',
  about: 'answers of a server of blobs, taken by the one who asked',
  share: 6,
  capBytes: 64 * 2 ** 20,
  open: () =>
    Promise.resolve({
      prepare(random) {
        const [seed, other] = [servers[random.nextBelow(servers.length)]!, servers[random.nextBelow(servers.length)]!];
        const bytes = mutate(seed, other, random);
        const wantsHashes = random.nextBelow(2) === 0;
        return async () => {
          const stream = new MemoryStream(bytes);
          const peer: Pick<Peer, 'open'> = { open: () => Promise.resolve(stream.asPeerStream()) };
          const { signal } = new AbortController();
          const options = {
            peer: peer as Peer,
            hash,
            maxBytes: MAX_BYTES,
            timeoutMs: 5000,
            stallTimeoutMs: 5000,
            signal,
          };
          try {
            const asker = await BlobAsker.open(options, '/ip4/127.0.0.1/tcp/1');
            if (asker.sizeBytes > MAX_BYTES) throw new RangeError('A size beyond the limit was taken');
            if (wantsHashes) await asker.hashes();
            else await asker.answer(new Uint8Array(300));
            asker.end();
            return true;
          } catch (error) {
            if (['PROTOCOL', 'BLOB_MISSING', 'PEER_UNREACHABLE'].includes(errorCode(error) ?? '')) return false;
            throw error;
          }
        };
      },
      close: () => Promise.resolve(),
    }),
};
