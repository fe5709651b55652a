import * as v from 'valibot';
import { fromHex, toHex } from '../bytes.ts';
import { check, decodeCbor, encodeCbor } from '../envelope.ts';
import type { BlobHash } from '../ids.ts';
import type { StreamProtocol } from './stream-protocol.ts';

/**
 * Bytes by their hash, in pieces (docs/FORMATS.md, Blob transfer). The asker sends one frame with a BlobRequest, the server
 * answers one frame with a BlobResponse. When found, the asker sends BlobAsk frames, as many as it likes, and the server answers
 * each in turn with raw bytes. When the asker closes its end, the server closes too.
 */
export const BLOB_PROTOCOL: StreamProtocol = {
  id: '/millrace/blob/1.1.0',
  maxInboundPerPeer: 8,
  maxInboundTotal: 128,
  maxOutboundPerPeer: 4,
};

/** All messages are far smaller; a longer frame is not one of them. */
export const MAX_BLOB_MESSAGE_BYTES = 256;

/** What a node accepts when its caller names no smaller limit: 256 MiB. */
export const DEFAULT_MAX_BLOB_BYTES = 256 * 1024 * 1024;

/** A blob is asked for, kept and compared in pieces of this size; the last one is shorter. One range is at most one piece. */
export const BLOB_PIECE_BYTES = 512 * 1024;

/** Of one piece in the answer to `hashes`. */
export const PIECE_HASH_BYTES = 32;

export interface BlobRequest {
  readonly hash: BlobHash;
  /** The asker takes no more than this; a larger blob is answered `too-large`. */
  readonly maxBytes: number;
}

export type BlobResponse =
  | { readonly kind: 'found'; readonly sizeBytes: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'too-large'; readonly sizeBytes: number };

export type BlobAsk =
  /** Answered by exactly these bytes of the blob. */
  | { readonly kind: 'range'; readonly offset: number; readonly sizeBytes: number }
  /** Answered by the SHA-256 of every piece, in order: 32 bytes for each. Nothing proves them but the blob itself. */
  | { readonly kind: 'hashes' };

export const pieceCount = (sizeBytes: number): number => Math.ceil(sizeBytes / BLOB_PIECE_BYTES);

const HASH_BYTES = 32;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const requestSchema = v.strictObject({
  hash: v.pipe(
    v.instance(Uint8Array),
    v.check((hash) => hash.length === HASH_BYTES, 'A hash has 32 bytes'),
  ),
  maxBytes: count,
});

const responseSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('found'), sizeBytes: count }),
  v.strictObject({ kind: v.literal('missing') }),
  v.strictObject({ kind: v.literal('too-large'), sizeBytes: count }),
]);

const askSchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('range'),
    offset: count,
    sizeBytes: v.pipe(count, v.minValue(1), v.maxValue(BLOB_PIECE_BYTES)),
  }),
  v.strictObject({ kind: v.literal('hashes') }),
]);

export const encodeBlobRequest = ({ hash, maxBytes }: BlobRequest): Uint8Array =>
  encodeCbor({ hash: fromHex(hash), maxBytes });

/** @throws ProtocolError */
export function decodeBlobRequest(data: Uint8Array): BlobRequest {
  const { hash, maxBytes } = check(requestSchema, decodeCbor(data), 'Blob request');
  return { hash: toHex(hash) as BlobHash, maxBytes };
}

export const encodeBlobResponse = (response: BlobResponse): Uint8Array => encodeCbor(response);

/** @throws ProtocolError */
export const decodeBlobResponse = (data: Uint8Array): BlobResponse =>
  check(responseSchema, decodeCbor(data), 'Blob response');

export const encodeBlobAsk = (ask: BlobAsk): Uint8Array => encodeCbor(ask);

/** @throws ProtocolError */
export const decodeBlobAsk = (data: Uint8Array): BlobAsk =>
  check(askSchema, decodeCbor(data), 'Ask for part of a blob');
