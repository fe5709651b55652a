import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { concatBytes, toHex, utf8 } from './bytes.ts';
import type { BlobHash } from './ids.ts';

/**
 * SHA-256: the one hash of Millrace. Both Node and browsers have it in native code (node:crypto, WebCrypto),
 * and CPUs have instructions for it, so bulk hashing may move there without changing a single format.
 */
export const sha256 = (bytes: Uint8Array): Uint8Array => nobleSha256(bytes);

/** A SHA-256 under way: bytes go in piece by piece, then the digest comes out, once. */
export interface Sha256Stream {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}

/**
 * Begins a SHA-256. Whoever hashes a whole model passes the fastest that its runtime has (src-worker/run/native-sha256.ts); the
 * digests are the same.
 */
export type CreateSha256 = () => Sha256Stream;

/** Pure JavaScript, for wherever there is nothing faster. */
export const portableSha256: CreateSha256 = () => nobleSha256.create();

/**
 * WebCrypto's SHA-256: native code on another thread, in Node as in a browser, but of whole pieces only. A page has it on https and
 * on the own machine.
 */
export const webSha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

/** The name of a blob: the SHA-256 of its bytes. */
export const blobHash = (bytes: Uint8Array): BlobHash => toHex(sha256(bytes)) as BlobHash;

/** Hash under a domain string, so that no hash means two things: sha256(domain ‖ 0x00 ‖ parts…). */
export const domainHash = (domain: string, ...parts: readonly Uint8Array[]): Uint8Array =>
  sha256(domainBytes(domain, ...parts));

/** What `domainHash` hashes. */
export const domainBytes = (domain: string, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> =>
  concatBytes(domainPrefix(domain), ...parts);

/** A hash under a domain string that is fed piece by piece. */
export function domainHashStream(createSha256: CreateSha256, domain: string): Sha256Stream {
  const stream = createSha256();
  stream.update(domainPrefix(domain));
  return stream;
}

const domainPrefix = (domain: string): Uint8Array => concatBytes(utf8(domain), new Uint8Array(1));
