import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { ProtocolError } from '#protocol/errors.ts';

/** A Fernet token, btwallet's oldest form: version, time, IV, AES-128-CBC, HMAC-SHA256. Only read: nobody writes it any more. */
const VERSION = 0x80;
const IV_AT = 9;
const CIPHERTEXT_AT = 25;
const MAC_BYTES = 32;
const BLOCK_BYTES = 16;
const TOKEN = /^[A-Za-z0-9_-]+={0,2}$/;

/** Checks the form alone, before a key is derived for seconds. @throws ProtocolError */
export function parseFernet(file: Uint8Array): Uint8Array {
  const text = Buffer.from(file).toString('latin1').trim();
  const token = Buffer.from(text, 'base64url');
  const blocks = (token.length - CIPHERTEXT_AT - MAC_BYTES) / BLOCK_BYTES;
  if (!TOKEN.test(text) || token[0] !== VERSION || blocks < 1 || !Number.isInteger(blocks)) {
    throw new ProtocolError('The Fernet token is cut short or damaged');
  }
  return token;
}

/**
 * The content, or `null` when the key is not the one or a byte was changed.
 * @param key 32 bytes of derive-key.ts: HMAC key, AES key
 */
export function openFernet(token: Uint8Array, key: Uint8Array): Uint8Array | null {
  const signed = token.subarray(0, -MAC_BYTES);
  const expected = createHmac('sha256', key.subarray(0, 16)).update(signed).digest();
  if (!timingSafeEqual(expected, token.subarray(-MAC_BYTES))) return null;
  const cipher = createDecipheriv('aes-128-cbc', key.subarray(16, 32), token.subarray(IV_AT, CIPHERTEXT_AT));
  try {
    return Buffer.concat([cipher.update(signed.subarray(CIPHERTEXT_AT)), cipher.final()]);
  } catch {
    throw new ProtocolError('The Fernet token is damaged');
  }
}
