import { pbkdf2Sync } from 'node:crypto';
import sodium from 'libsodium-wrappers-sumo';
import { utf8 } from '#protocol/bytes.ts';

/** A password and what it is to become the key of. */
export type KeyRequest =
  | { readonly kind: 'nacl' | 'fernet'; readonly password: Uint8Array }
  | { readonly kind: 'ansible'; readonly password: Uint8Array; readonly salt: Uint8Array };

/**
 * btwallet's numbers. libsodium's constants named SENSITIVE are those of Argon2id today, so they stand here; one salt for all is
 * btwallet's choice, not ours.
 */
const NACL = {
  opsLimit: 8,
  memoryBytes: 536_870_912,
  salt: Buffer.from('137183dff15a09bc9c90b5518739e9b1', 'hex'),
  keyBytes: 32,
};
const FERNET = {
  iterations: 10_000_000,
  salt: utf8('Iguesscyborgslikemyselfhaveatendencytobeparanoidaboutourorigins'),
  keyBytes: 32,
};
const ANSIBLE = { iterations: 10_000, keyBytes: 80 };

/**
 * The key for a password, which is wiped. Holds its thread for seconds and takes 512 MiB for `nacl`, which WebAssembly gives back
 * only with the thread: call deriveKeyAside instead.
 * @throws whatever libsodium throws when there is not as much memory
 */
export async function deriveKey(request: KeyRequest): Promise<Uint8Array<ArrayBuffer>> {
  try {
    switch (request.kind) {
      case 'nacl':
        await sodium.ready;
        return Uint8Array.from(argon2i(request.password));
      case 'fernet':
        return pbkdf2(request.password, FERNET.salt, FERNET.iterations, FERNET.keyBytes);
      case 'ansible':
        return pbkdf2(request.password, request.salt, ANSIBLE.iterations, ANSIBLE.keyBytes);
    }
  } finally {
    request.password.fill(0);
  }
}

const argon2i = (password: Uint8Array): Uint8Array =>
  sodium.crypto_pwhash(
    NACL.keyBytes,
    password,
    NACL.salt,
    NACL.opsLimit,
    NACL.memoryBytes,
    sodium.crypto_pwhash_ALG_ARGON2I13,
  );

/** A copy, because small Buffers share one pool, which cannot be moved to another thread. */
const pbkdf2 = (password: Uint8Array, salt: Uint8Array, iterations: number, bytes: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(pbkdf2Sync(password, salt, iterations, bytes, 'sha256'));
