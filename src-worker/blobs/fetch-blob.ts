import { createHash } from 'node:crypto';
import { assertNever } from '#protocol/assert-never.ts';
import { type ErrorCode, MillraceError, ProtocolError, errorMessage } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import {
  BLOB_PIECE_BYTES,
  BLOB_PROTOCOL,
  DEFAULT_MAX_BLOB_BYTES,
  MAX_BLOB_MESSAGE_BYTES,
  decodeBlobResponse,
  encodeBlobRequest,
} from '#protocol/peer/blob-protocol.ts';
import { abortedBy } from '../peer/deadline.ts';
import { readFrame, writeFrame } from '../peer/frames.ts';
import type { Peer } from '../peer/peer.ts';
import type { PeerStream } from '../peer/peer-stream.ts';
import { useStream } from '../peer/use-stream.ts';
import type { BlobStore } from './blob-store.ts';

export interface FetchBlobOptions {
  readonly peer: Peer;
  readonly hash: BlobHash;
  /** Multiaddrs with peer id of those who may have it. One that is this node itself is left out. */
  readonly sources: readonly string[];
  /** Larger blobs are refused before a byte is reserved for them. */
  readonly maxBytes?: number;
  /** For the whole transfer from one source; the next one gets as much again. */
  readonly timeoutMs?: number;
  /** For a source that sends nothing. */
  readonly stallTimeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** In [0, 1): picks the source to begin with, so that not all ask the same one. Without it the first is asked first. */
  readonly random?: () => number;
  /** Told at once of every source that fails, while the others are still tried. */
  readonly onFailure?: (failure: SourceFailure) => void;
}

/** What one source answered instead of the blob. BLOB_MISMATCH: it sent bytes of another blob. */
export interface SourceFailure {
  readonly address: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface FetchedBlob {
  readonly sizeBytes: number;
  /** Address of the peer that had it; null when it was in the store already. */
  readonly source: string | null;
  /** Those asked before, in order. */
  readonly failures: readonly SourceFailure[];
}

/** Nobody who was asked gave the blob. */
export class BlobMissingError extends MillraceError {
  readonly hash: BlobHash;
  readonly failures: readonly SourceFailure[];

  constructor(hash: BlobHash, failures: readonly SourceFailure[]) {
    const asked = failures.map(({ address, code, message }) => `${address}: ${code} ${message}`).join('; ');
    super('BLOB_MISSING', `No source has blob ${hash}. ${asked === '' ? 'Nobody to ask.' : `Asked ${asked}`}`);
    this.hash = hash;
    this.failures = failures;
  }
}

const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_STALL_TIMEOUT_MS = 10_000;

/**
 * The blob in memory, verified. Sources are asked one after the other until one has it.
 * @throws BlobMissingError (BLOB_MISSING), or MillraceError ABORTED or TIMEOUT when `signal` fires
 */
export async function fetchBlob(options: FetchBlobOptions): Promise<FetchedBlob & { readonly bytes: Uint8Array }> {
  return fromSources(options, async (sizeBytes, pieces) => {
    const bytes = new Uint8Array(sizeBytes);
    const digest = createHash('sha256');
    let at = 0;
    for await (const piece of pieces) {
      bytes.set(piece, at);
      digest.update(piece);
      at += piece.length;
    }
    const actual = digest.digest('hex');
    if (actual !== options.hash)
      throw new MillraceError('BLOB_MISMATCH', `Bytes of blob ${actual}, not of ${options.hash}`);
    return { bytes };
  });
}

/** Fetches straight into a store, in pieces; does nothing when the store has it. @throws as fetchBlob */
export async function fetchInto(store: BlobStore, options: FetchBlobOptions): Promise<FetchedBlob> {
  const held = await store.open(options.hash);
  await held?.close();
  if (held !== null) return { sizeBytes: held.sizeBytes, source: null, failures: [] };
  const maxBytes = Math.min(options.maxBytes ?? DEFAULT_MAX_BLOB_BYTES, store.maxBlobBytes);
  return fromSources({ ...options, maxBytes }, async (_sizeBytes, pieces) => {
    await store.putPieces(options.hash, pieces);
    return {};
  });
}

type Receive<T> = (sizeBytes: number, pieces: AsyncIterable<Uint8Array>) => Promise<T>;

async function fromSources<T extends object>(options: FetchBlobOptions, receive: Receive<T>): Promise<FetchedBlob & T> {
  const failures: SourceFailure[] = [];
  for (const address of inOrder(options)) {
    try {
      const received = await fromSource(options, address, receive);
      return { ...received, source: address, failures };
    } catch (error) {
      if (options.signal?.aborted === true) throw abortedBy(options.signal, `Blob ${options.hash}`);
      if (!(error instanceof MillraceError)) throw error;
      const failure = { address, code: error.code, message: errorMessage(error) };
      failures.push(failure);
      options.onFailure?.(failure);
    }
  }
  throw new BlobMissingError(options.hash, failures);
}

/** The sources once each, without ourselves, beginning at a random one. */
function inOrder({ peer, sources, random }: FetchBlobOptions): readonly string[] {
  const others = [...new Set(sources)].filter((address) => !address.endsWith(`/p2p/${peer.peerId}`));
  const first = random === undefined ? 0 : Math.floor(random() * others.length);
  return [...others.slice(first), ...others.slice(0, first)];
}

async function fromSource<T extends object>(
  options: FetchBlobOptions,
  address: string,
  receive: Receive<T>,
): Promise<T & { readonly sizeBytes: number }> {
  const { peer, hash, maxBytes = DEFAULT_MAX_BLOB_BYTES, timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options;
  const stallTimeoutMs = options.stallTimeoutMs ?? DEFAULT_STALL_TIMEOUT_MS;
  const stream = await peer.open(BLOB_PROTOCOL, address, { signal, stallTimeoutMs });
  return useStream(stream, { what: `Blob ${hash} from ${address}`, timeoutMs, signal }, async () => {
    await writeFrame(stream, encodeBlobRequest({ hash, maxBytes }));
    await stream.end();
    const sizeBytes = await announcedSize(stream, maxBytes);
    return { ...(await receive(sizeBytes, piecesOf(stream, sizeBytes))), sizeBytes };
  });
}

async function announcedSize(stream: PeerStream, maxBytes: number): Promise<number> {
  const response = decodeBlobResponse(await readFrame(stream, MAX_BLOB_MESSAGE_BYTES));
  switch (response.kind) {
    case 'missing':
      throw new MillraceError('BLOB_MISSING', 'It does not have it');
    case 'too-large':
    case 'found':
      if (response.kind === 'found' && response.sizeBytes <= maxBytes) return response.sizeBytes;
      throw new ProtocolError(`It offers ${response.sizeBytes} bytes, at most ${maxBytes} allowed`);
    default:
      return assertNever(response, 'blob response');
  }
}

async function* piecesOf(stream: PeerStream, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let left = sizeBytes; left > 0;) {
    const piece = await stream.readSome(Math.min(left, BLOB_PIECE_BYTES));
    if (piece === null) throw new ProtocolError(`The stream ended ${left} bytes before the ${sizeBytes} announced`);
    left -= piece.length;
    yield piece;
  }
}
