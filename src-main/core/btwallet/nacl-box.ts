import { randomBytes } from 'node:crypto';
import { naclDecrypt } from '@polkadot/util-crypto/nacl/decrypt';
import { naclEncrypt } from '@polkadot/util-crypto/nacl/encrypt';
import { concatBytes, utf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';

/** btwallet's own form since 2022: `$NACL`, a nonce, and NaCl's secretbox (XSalsa20-Poly1305) under a key of derive-key.ts. */
const MAGIC = utf8('$NACL');
const NONCE_BYTES = 24;
const TAG_BYTES = 16;

export interface NaclBox {
  readonly nonce: Uint8Array;
  readonly box: Uint8Array;
}

/** @throws ProtocolError when it is cut short */
export function parseNaclBox(file: Uint8Array): NaclBox {
  const nonce = file.subarray(MAGIC.length, MAGIC.length + NONCE_BYTES);
  const box = file.subarray(MAGIC.length + NONCE_BYTES);
  if (box.length < TAG_BYTES) throw new ProtocolError('The encrypted key file is cut short');
  return { nonce, box };
}

/** The content, or `null` when the key is not the one or a byte was changed: the two cannot be told apart. */
export const openNaclBox = ({ nonce, box }: NaclBox, key: Uint8Array): Uint8Array | null =>
  naclDecrypt(box, nonce, key);

/** A whole file. @param nonce 24 bytes, never twice with one key */
export const sealNaclBox = (content: Uint8Array, key: Uint8Array, nonce: Uint8Array = randomBytes(24)): Uint8Array =>
  concatBytes(MAGIC, nonce, naclEncrypt(content, key, nonce).encrypted);
