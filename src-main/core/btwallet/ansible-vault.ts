import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { fromHex } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';

/** An Ansible vault 1.1, which btwallet wrote before `$NACL`. Only read: btwallet itself writes such files anew as `$NACL`. */
export interface AnsibleVault {
  /** For derive-key.ts. */
  readonly salt: Uint8Array;
  readonly mac: Uint8Array;
  readonly ciphertext: Uint8Array;
}

const HEADER = '$ANSIBLE_VAULT;1.1;AES256';
const MAC_BYTES = 32;
const BLOCK_BYTES = 16;

/** Hex in lines of 80 characters, of three lines of hex: salt, MAC, ciphertext. @throws ProtocolError */
export function parseVault(file: Uint8Array): AnsibleVault {
  const [header, ...lines] = Buffer.from(file).toString('latin1').trimEnd().split(/\r?\n/);
  if (header !== HEADER) throw new ProtocolError(`The vault is not of the form ${HEADER}`);
  const inner = Buffer.from(fromHex(lines.join(''))).toString('latin1');
  const [salt, mac, ciphertext, ...more] = inner.split('\n').map(fromHex);
  if (salt === undefined || mac?.length !== MAC_BYTES || ciphertext === undefined || more.length > 0) {
    throw new ProtocolError('The vault is cut short or damaged');
  }
  return { salt, mac, ciphertext };
}

/**
 * The content, or `null` when the keys are not the ones or a byte was changed.
 * @param keys 80 bytes of derive-key.ts: AES-256 key, HMAC key, counter
 * @throws ProtocolError when its padding is wrong in spite of a true MAC
 */
export function openVault({ mac, ciphertext }: AnsibleVault, keys: Uint8Array): Uint8Array | null {
  const expected = createHmac('sha256', keys.subarray(32, 64)).update(ciphertext).digest();
  if (!timingSafeEqual(expected, mac)) return null;
  const cipher = createDecipheriv('aes-256-ctr', keys.subarray(0, 32), keys.subarray(64, 80));
  const padded = Buffer.concat([cipher.update(ciphertext), cipher.final()]);
  const padding = padded.at(-1) ?? 0;
  if (padding < 1 || padding > BLOCK_BYTES || padding > padded.length) throw new ProtocolError('The vault is damaged');
  return padded.subarray(0, -padding);
}
