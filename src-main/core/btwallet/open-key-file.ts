import { utf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { openVault, parseVault } from './ansible-vault.ts';
import { deriveKeyAside, type DeriveKey } from './derive-key-aside.ts';
import type { KeyRequest } from './derive-key.ts';
import { openFernet, parseFernet } from './fernet.ts';
import { keyEncryptionOf, MAX_KEY_FILE_BYTES, type KeyEncryption } from './key-encryption.ts';
import { parseKeyJson, writeKeyJson, type BtwalletKey } from './key-json.ts';
import { openNaclBox, parseNaclBox, sealNaclBox } from './nacl-box.ts';

export type OpenedKeyFile =
  | { readonly kind: 'opened'; readonly key: BtwalletKey; readonly encryption: KeyEncryption }
  | { readonly kind: 'password-needed'; readonly encryption: KeyEncryption }
  /** Or the file was changed: encryption cannot tell the two apart. */
  | { readonly kind: 'wrong-password'; readonly encryption: KeyEncryption };

export interface KeyFileOptions {
  readonly derive?: DeriveKey;
  readonly signal?: AbortSignal;
}

/**
 * Opens a key file of btwallet's. Takes seconds and 512 MiB of memory on another thread when it is encrypted.
 * @throws ProtocolError when it is no key file, too long, cut short, or its key is not that of its address; ENGINE, ABORTED
 */
export async function openKeyFile(
  file: Uint8Array,
  password: string | null,
  { derive = deriveKeyAside, signal }: KeyFileOptions = {},
): Promise<OpenedKeyFile> {
  if (file.length > MAX_KEY_FILE_BYTES) {
    throw new ProtocolError(`A key file has at most ${MAX_KEY_FILE_BYTES} bytes, not ${file.length}`);
  }
  const encryption = keyEncryptionOf(file);
  if (encryption === null) throw new ProtocolError('Not a key file: neither JSON nor an encryption that is known');
  if (encryption === 'none') return { kind: 'opened', key: parseKeyJson(file), encryption };
  const lock = lockOf(encryption, file);
  if (password === null) return { kind: 'password-needed', encryption };
  const content = await withKey(lock.request(passwordBytes(password)), { derive, signal }, lock.open);
  if (content === null) return { kind: 'wrong-password', encryption };
  try {
    return { kind: 'opened', key: parseKeyJson(content), encryption };
  } finally {
    content.fill(0);
  }
}

/** The bytes of a `$NACL` key file. @throws MillraceError ENGINE, ABORTED */
export async function sealKeyFile(
  key: BtwalletKey,
  password: string,
  { derive = deriveKeyAside, signal }: KeyFileOptions = {},
): Promise<Uint8Array> {
  const content = utf8(writeKeyJson(key));
  const request = { kind: 'nacl', password: passwordBytes(password) } as const;
  try {
    return await withKey(request, { derive, signal }, (naclKey) => sealNaclBox(content, naclKey));
  } finally {
    content.fill(0);
  }
}

interface Lock {
  readonly request: (password: Uint8Array) => KeyRequest;
  readonly open: (key: Uint8Array) => Uint8Array | null;
}

/** What the form asks for. Damage shows here, before a key is derived for seconds. */
function lockOf(encryption: Exclude<KeyEncryption, 'none'>, file: Uint8Array): Lock {
  switch (encryption) {
    case 'nacl': {
      const box = parseNaclBox(file);
      return { request: (password) => ({ kind: 'nacl', password }), open: (key) => openNaclBox(box, key) };
    }
    case 'ansible': {
      const vault = parseVault(file);
      const { salt } = vault;
      return { request: (password) => ({ kind: 'ansible', password, salt }), open: (keys) => openVault(vault, keys) };
    }
    case 'fernet': {
      const token = parseFernet(file);
      return { request: (password) => ({ kind: 'fernet', password }), open: (key) => openFernet(token, key) };
    }
  }
}

async function withKey<Result>(
  request: KeyRequest,
  { derive, signal }: { readonly derive: DeriveKey; readonly signal: AbortSignal | undefined },
  use: (key: Uint8Array) => Result,
): Promise<Result> {
  const key = await derive(request, signal);
  try {
    return use(key);
  } finally {
    key.fill(0);
  }
}

/** Without spaces around it, because btwallet takes them away from what is typed. */
const passwordBytes = (password: string): Uint8Array => utf8(password.trim());
