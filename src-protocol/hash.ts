import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { concatBytes, toHex, utf8 } from './bytes.ts';
import type { BlobHash } from './ids.ts';

/**
 * SHA-256: the one hash of Millrace. Both Node and browsers have it in native code (node:crypto, WebCrypto),
 * and CPUs have instructions for it, so bulk hashing may move there without changing a single format.
 */
export const sha256 = (bytes: Uint8Array): Uint8Array => nobleSha256(bytes);

/** The name of a blob: the SHA-256 of its bytes. */
export const blobHash = (bytes: Uint8Array): BlobHash => toHex(sha256(bytes)) as BlobHash;

/** Hash under a domain string, so that no hash means two things: sha256(domain ‖ 0x00 ‖ parts…). */
export const domainHash = (domain: string, ...parts: readonly Uint8Array[]): Uint8Array =>
  sha256(concatBytes(utf8(domain), new Uint8Array(1), ...parts));
