import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '#protocol/bytes.ts';
import { encodeCbor } from '#protocol/envelope.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { blobHash } from '#protocol/hash.ts';
import {
  type BlobResponse,
  MAX_BLOB_MESSAGE_BYTES,
  decodeBlobRequest,
  decodeBlobResponse,
  encodeBlobRequest,
  encodeBlobResponse,
} from '#protocol/peer/blob-protocol.ts';

const hash = blobHash(new Uint8Array([1, 2, 3]));
const request = { hash, maxBytes: 1_000_000 };
const responses: readonly BlobResponse[] = [
  { kind: 'found', sizeBytes: 0 },
  { kind: 'found', sizeBytes: Number.MAX_SAFE_INTEGER },
  { kind: 'missing' },
  { kind: 'too-large', sizeBytes: 12 },
];

describe('a request for a blob', () => {
  it('comes back as it was', () => {
    expect(decodeBlobRequest(encodeBlobRequest(request))).toEqual(request);
  });

  it('has golden bytes', () => {
    expect(toHex(encodeBlobRequest(request))).toBe(`a264686173685820${hash}686d617842797465731a000f4240`);
  });

  it('fits its frame at its largest', () => {
    const largest = encodeBlobRequest({ hash, maxBytes: Number.MAX_SAFE_INTEGER });
    expect(largest.length).toBeLessThanOrEqual(MAX_BLOB_MESSAGE_BYTES);
  });

  it('is refused when truncated anywhere', () => {
    const bytes = encodeBlobRequest(request);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decodeBlobRequest(bytes.subarray(0, length))).toThrow(ProtocolError);
    }
  });

  it.each([
    ['a short hash', { hash: new Uint8Array(31), maxBytes: 1 }],
    ['a long hash', { hash: new Uint8Array(33), maxBytes: 1 }],
    ['a hash in hex', { hash, maxBytes: 1 }],
    ['a negative limit', { hash: fromHex(hash), maxBytes: -1 }],
    ['a fractional limit', { hash: fromHex(hash), maxBytes: 1.5 }],
    ['an infinite limit', { hash: fromHex(hash), maxBytes: Infinity }],
    ['no limit', { hash: fromHex(hash) }],
    ['a field too many', { hash: fromHex(hash), maxBytes: 1, offset: 0 }],
    ['another shape', [1, 2]],
  ])('is refused with %s', (_what, value) => {
    expect(() => decodeBlobRequest(encodeCbor(value))).toThrow(/^Blob request/);
  });
});

describe('the response to it', () => {
  it.each(responses)('comes back as it was: %o', (response) => {
    const bytes = encodeBlobResponse(response);
    expect(bytes.length).toBeLessThanOrEqual(MAX_BLOB_MESSAGE_BYTES);
    expect(decodeBlobResponse(bytes)).toEqual(response);
  });

  it('is refused when truncated anywhere', () => {
    const bytes = encodeBlobResponse({ kind: 'found', sizeBytes: 12 });
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decodeBlobResponse(bytes.subarray(0, length))).toThrow(ProtocolError);
    }
  });

  it.each([
    ['an unknown kind', { kind: 'busy' }],
    ['a negative size', { kind: 'found', sizeBytes: -1 }],
    ['a size that no number holds', { kind: 'found', sizeBytes: 2n ** 64n - 1n }],
    ['no size', { kind: 'found' }],
    ['not a number for a size', { kind: 'found', sizeBytes: Number.NaN }],
  ])('is refused with %s', (_what, value) => {
    expect(() => decodeBlobResponse(encodeCbor(value))).toThrow(ProtocolError);
  });

  it('is refused with bytes behind its end', () => {
    expect(() => decodeBlobResponse(new Uint8Array([...encodeBlobResponse({ kind: 'missing' }), 0]))).toThrow(
      ProtocolError,
    );
  });
});
