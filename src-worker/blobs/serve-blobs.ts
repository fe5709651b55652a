import {
  BLOB_PROTOCOL,
  type BlobResponse,
  MAX_BLOB_MESSAGE_BYTES,
  decodeBlobRequest,
  encodeBlobResponse,
} from '#protocol/peer/blob-protocol.ts';
import { readFrame, writeFrame } from '../peer/frames.ts';
import type { Peer } from '../peer/peer.ts';
import type { PeerStream } from '../peer/peer-stream.ts';
import type { BlobFile } from './blob-file.ts';
import type { BlobStore } from './blob-store.ts';

export interface ServeBlobsOptions {
  /** How long a peer may leave us waiting, for its request or for room to send. */
  readonly stallTimeoutMs?: number;
}

/** Gives every peer that asks the blobs of this store. Memory does not grow with their size. */
export async function serveBlobs(peer: Peer, store: BlobStore, options: ServeBlobsOptions = {}): Promise<void> {
  await peer.handle(BLOB_PROTOCOL, (stream) => serve(stream, store), { stallTimeoutMs: options.stallTimeoutMs });
}

async function serve(stream: PeerStream, store: BlobStore): Promise<void> {
  const { hash, maxBytes } = decodeBlobRequest(await readFrame(stream, MAX_BLOB_MESSAGE_BYTES));
  const file = await store.open(hash);
  try {
    await writeFrame(stream, encodeBlobResponse(responseFor(file, maxBytes)));
    if (file === null || file.sizeBytes > maxBytes) return;
    for await (const piece of file.pieces()) await stream.write(piece);
  } finally {
    await file?.close();
  }
}

function responseFor(file: BlobFile | null, maxBytes: number): BlobResponse {
  if (file === null) return { kind: 'missing' };
  return { kind: file.sizeBytes > maxBytes ? 'too-large' : 'found', sizeBytes: file.sizeBytes };
}
