import {
  BLOB_PROTOCOL,
  type BlobAsk,
  type BlobResponse,
  MAX_BLOB_MESSAGE_BYTES,
  decodeBlobAsk,
  decodeBlobRequest,
  encodeBlobResponse,
} from '#protocol/peer/blob-protocol.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { FairRate, type RateCaps } from '../peer/fair-rate.ts';
import { readFrame, readFrameOrEnd, writeFrame } from '../peer/frames.ts';
import type { Peer } from '../peer/peer.ts';
import type { PeerStream } from '../peer/peer-stream.ts';
import { Slots } from '../peer/slots.ts';
import type { BlobFile } from './blob-file.ts';
import type { BlobStore } from './blob-store.ts';

export interface ServeBlobsOptions {
  /** How long a peer may leave us waiting, for its request or for room to send. */
  readonly stallTimeoutMs?: number;
  /** What may be sent; without it as much as the line takes. */
  readonly caps?: RateCaps;
  /** Called with the bytes of each answer that went out whole. */
  readonly onSent?: (bytes: number) => void;
  /** Streams that one peer, and that all peers together may have open; never more than the protocol allows. */
  readonly maxStreamsPerPeer?: number;
  readonly maxStreams?: number;
}

/**
 * With its header it just fills four messages of the encryption. The receiver answers each with an update of its window, so fewer
 * are better; but it sees them only whole, and a slow line must show every few moments that it moves.
 */
const WRITE_BYTES = 4 * 65_519 - 12;

/** Gives every peer that asks the blobs of this store. Memory does not grow with their size. */
export async function serveBlobs(peer: Peer, store: BlobStore, options: ServeBlobsOptions = {}): Promise<void> {
  const protocol = {
    ...BLOB_PROTOCOL,
    maxInboundPerPeer: Math.min(options.maxStreamsPerPeer ?? Infinity, BLOB_PROTOCOL.maxInboundPerPeer),
    maxInboundTotal: Math.min(options.maxStreams ?? Infinity, BLOB_PROTOCOL.maxInboundTotal),
  };
  const server = new BlobServer(store, new FairRate(options.caps ?? {}), options.onSent);
  await peer.handle(protocol, (stream) => server.serve(stream), { stallTimeoutMs: options.stallTimeoutMs });
}

class BlobServer {
  readonly #store: BlobStore;
  readonly #rate: FairRate;
  readonly #onSent: (bytes: number) => void;
  /** One answer at a time for each peer: with many streams it gets no more than another with one. */
  readonly #turns = new Slots(1);

  constructor(store: BlobStore, rate: FairRate, onSent: (bytes: number) => void = () => undefined) {
    this.#store = store;
    this.#rate = rate;
    this.#onSent = onSent;
  }

  async serve(stream: PeerStream): Promise<void> {
    const { hash, maxBytes } = decodeBlobRequest(await readFrame(stream, MAX_BLOB_MESSAGE_BYTES));
    const file = await this.#store.open(hash);
    try {
      await writeFrame(stream, encodeBlobResponse(responseFor(file, maxBytes)));
      if (file === null || file.sizeBytes > maxBytes) return;
      await this.#answerAll(stream, file);
    } finally {
      await file?.close();
    }
  }

  /** While one answer goes out, the next one is read from the disk. */
  async #answerAll(stream: PeerStream, file: BlobFile): Promise<void> {
    let sending: Promise<void> = Promise.resolve();
    let reading: Promise<Uint8Array> = Promise.resolve(NOTHING);
    let hashesGiven = false;
    try {
      for (;;) {
        const frame = await readFrameOrEnd(stream, MAX_BLOB_MESSAGE_BYTES);
        if (frame === null) break;
        const ask = decodeBlobAsk(frame);
        // They cost a reading of the whole file for a few bytes sent.
        if (ask.kind === 'hashes' && hashesGiven) throw new ProtocolError('Asked for the hashes twice');
        hashesGiven ||= ask.kind === 'hashes';
        reading = bytesFor(file, ask);
        reading.catch(() => undefined); // seen below, or when the answer before it has failed of no interest
        await sending;
        sending = this.#send(stream, reading);
        sending.catch(() => undefined);
      }
      await sending;
    } finally {
      // The file is closed next: nothing may be reading it then.
      await Promise.allSettled([reading, sending]);
    }
  }

  async #send(stream: PeerStream, reading: Promise<Uint8Array>): Promise<void> {
    const bytes = await reading;
    const free = await this.#turns.take(stream.remotePeerId);
    try {
      await this.#rate.take(stream.remotePeerId, bytes.length);
      for (let at = 0; at < bytes.length; at += WRITE_BYTES) await stream.write(bytes.subarray(at, at + WRITE_BYTES));
      this.#onSent(bytes.length);
    } finally {
      free();
    }
  }
}

const NOTHING = new Uint8Array(0);

async function bytesFor(file: BlobFile, ask: BlobAsk): Promise<Uint8Array> {
  if (ask.kind === 'hashes') return file.pieceHashes();
  if (ask.offset + ask.sizeBytes > file.sizeBytes) {
    throw new ProtocolError(`Asked for bytes behind the ${file.sizeBytes} of the blob`);
  }
  const bytes = await file.range(ask.offset, ask.sizeBytes);
  if (bytes.length < ask.sizeBytes) throw new ProtocolError('The file has become shorter');
  return bytes;
}

function responseFor(file: BlobFile | null, maxBytes: number): BlobResponse {
  if (file === null) return { kind: 'missing' };
  return { kind: file.sizeBytes > maxBytes ? 'too-large' : 'found', sizeBytes: file.sizeBytes };
}
