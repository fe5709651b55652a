import { utf8 } from '#protocol/bytes.ts';

/** How a key file is encrypted. */
export type KeyEncryption = 'none' | 'nacl' | 'ansible' | 'fernet';

/** Real key files have 0.2 to 3 kB. */
export const MAX_KEY_FILE_BYTES = 64 * 1024;

const PREFIXES = [
  ['nacl', utf8('$NACL')],
  ['ansible', utf8('$ANSIBLE_VAULT')],
  ['fernet', utf8('gAAAAA')],
] as const;

/** JSON, or what old versions wrote: a bare seed, or twelve to twenty-four words. */
const PLAIN = /^\s*(?:\{|(?:0x)?[0-9a-f]{64}\s*$|[a-z]+(?:\s+[a-z]+){11,23}\s*$)/i;

/** Told by the first bytes, as btwallet does; `null` for what is no key file at all. */
export function keyEncryptionOf(file: Uint8Array): KeyEncryption | null {
  const known = PREFIXES.find(([, prefix]) => prefix.every((byte, i) => file[i] === byte));
  if (known !== undefined) return known[0];
  return file.length <= MAX_KEY_FILE_BYTES && PLAIN.test(Buffer.from(file).toString('latin1')) ? 'none' : null;
}
