import * as v from 'valibot';
import { fromHex, toHex } from '../bytes.ts';
import { check, decodeCbor, encodeCbor } from '../envelope.ts';
import type { BlobHash } from '../ids.ts';
import type { StreamProtocol } from './stream-protocol.ts';

/**
 * Bytes by their hash. The asker sends one frame with a BlobRequest and closes its end; the server answers with one frame
 * with a BlobResponse and, when found, exactly `sizeBytes` raw bytes, then closes its end.
 */
export const BLOB_PROTOCOL: StreamProtocol = {
  id: '/millrace/blob/1.0.0',
  maxInboundPerPeer: 8,
  maxInboundTotal: 128,
  maxOutboundPerPeer: 4,
};

/** Both messages are far smaller; a longer frame is not one of them. */
export const MAX_BLOB_MESSAGE_BYTES = 256;

/** What a node accepts when its caller names no smaller limit: 256 MiB. */
export const DEFAULT_MAX_BLOB_BYTES = 256 * 1024 * 1024;

/** Bytes are handed to the stream in pieces of this size. */
export const BLOB_PIECE_BYTES = 128 * 1024;

export interface BlobRequest {
  readonly hash: BlobHash;
  /** The asker takes no more than this; a larger blob is answered `too-large` instead of being sent. */
  readonly maxBytes: number;
}

export type BlobResponse =
  | { readonly kind: 'found'; readonly sizeBytes: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'too-large'; readonly sizeBytes: number };

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
