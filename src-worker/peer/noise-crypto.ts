import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  getCiphers,
  type KeyObject,
} from 'node:crypto';
import { type ICryptoInterface, pureJsCrypto } from '@chainsafe/libp2p-noise';
import { Uint8ArrayList } from 'uint8arraylist';

const CIPHER = 'chacha20-poly1305';
const TAG_BYTES = 16;
const SEAL = { authTagLength: TAG_BYTES };
/** What stands in front of a raw X25519 key in PKCS #8 and in SPKI (RFC 8410). */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

/**
 * The encryption's arithmetic by Node, with one key object for each key: made anew for each message, as the library does it,
 * that alone costs a third of the encryption. `undefined` where Node was built without the cipher (Electron): the library then
 * takes its own.
 */
export const noiseCrypto = (): ICryptoInterface | undefined => (getCiphers().includes(CIPHER) ? crypto : undefined);

const keyObjects = new WeakMap<Uint8Array, KeyObject>();

function keyObject(key: Uint8Array): KeyObject {
  const known = keyObjects.get(key);
  if (known !== undefined) return known;
  const made = createSecretKey(key);
  keyObjects.set(key, made);
  return made;
}

type Bytes = Uint8Array | Uint8ArrayList;

const parts = (bytes: Bytes): Iterable<Uint8Array> => (bytes instanceof Uint8Array ? [bytes] : bytes);

const crypto: ICryptoInterface = {
  ...pureJsCrypto,
  hashSHA256(data) {
    const hash = createHash('sha256');
    for (const part of parts(data)) hash.update(part);
    return hash.digest();
  },
  generateX25519KeyPair() {
    const { publicKey, privateKey } = generateKeyPairSync('x25519', {
      publicKeyEncoding: { type: 'spki', format: 'der' },
      privateKeyEncoding: { type: 'pkcs8', format: 'der' },
    });
    return {
      publicKey: publicKey.subarray(PUBLIC_PREFIX.length),
      privateKey: privateKey.subarray(PRIVATE_PREFIX.length),
    };
  },
  generateX25519SharedKey(privateKey, publicKey) {
    const ownKey = Buffer.concat([PRIVATE_PREFIX, ...parts(privateKey)]);
    const theirKey = Buffer.concat([PUBLIC_PREFIX, ...parts(publicKey)]);
    return diffieHellman({
      privateKey: createPrivateKey({ key: ownKey, type: 'pkcs8', format: 'der' }),
      publicKey: createPublicKey({ key: theirKey, type: 'spki', format: 'der' }),
    });
  },
  chaCha20Poly1305Encrypt(plaintext, nonce, ad, key) {
    const cipher = createCipheriv(CIPHER, keyObject(key), nonce, SEAL);
    cipher.setAAD(ad, { plaintextLength: plaintext.byteLength });
    const sealed = new Uint8ArrayList();
    for (const part of parts(plaintext)) sealed.append(cipher.update(part));
    cipher.final();
    sealed.append(cipher.getAuthTag());
    return plaintext instanceof Uint8Array ? sealed.subarray() : sealed;
  },
  chaCha20Poly1305Decrypt(ciphertext, nonce, ad, key) {
    const plaintextLength = ciphertext.byteLength - TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, keyObject(key), nonce, SEAL);
    decipher.setAAD(ad, { plaintextLength });
    decipher.setAuthTag(ciphertext.subarray(plaintextLength));
    const text =
      ciphertext instanceof Uint8Array
        ? ciphertext.subarray(0, plaintextLength)
        : ciphertext.sublist(0, plaintextLength);
    const plain = new Uint8ArrayList();
    for (const part of parts(text)) plain.append(decipher.update(part));
    decipher.final();
    return ciphertext instanceof Uint8Array ? plain.subarray() : plain;
  },
};
