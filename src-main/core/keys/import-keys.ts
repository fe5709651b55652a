import { assertNever } from '#protocol/assert-never.ts';
import type { CommandPayload } from '#protocol/contract/commands.ts';
import { MillraceError, ProtocolError } from '#protocol/errors.ts';
import { publicKeyOf } from '#protocol/keys.ts';
import { wipeKey, type SecretKey } from '../btwallet/key-json.ts';
import type { KeyEncryption } from '../btwallet/key-encryption.ts';
import { openKeyFile, sealKeyFile, type KeyFileOptions } from '../btwallet/open-key-file.ts';
import { listWallets, readWalletFile, type FoundKey, type FoundWallet } from '../btwallet/wallet-folder.ts';
import type { ColdkeyRecord } from './key-records.ts';
import { newPassword } from './new-password.ts';

export type ImportRequest = CommandPayload<'keys.import-wallet'>;

export interface ImportedKeys {
  /** To be wiped by the caller. */
  readonly hotkey: SecretKey | null;
  readonly coldkey: ColdkeyRecord | null;
}

/**
 * Opens what was chosen of a wallet in a folder of btwallet's. Writes nothing.
 * @throws MillraceError NOT_FOUND, KEYS, WRONG_PASSWORD, PROTOCOL for what is no key file, STORAGE, ENGINE, ABORTED
 */
export async function readWalletKeys(
  folder: string,
  request: ImportRequest,
  options: KeyFileOptions,
): Promise<ImportedKeys> {
  const { wallets } = await listWallets(folder);
  const wallet = wallets.find(({ name }) => name === request.wallet);
  if (wallet === undefined) throw notFound(`There is no wallet “${request.wallet}” in ${folder}`);
  const found = request.hotkey === null ? null : hotkeyIn(wallet, request.hotkey);
  // The coldkey first: of the two it is the one whose password is more often wrong.
  const coldkey = await readColdkey(folder, wallet, request, options);
  const hotkey = found === null ? null : await readHotkey(folder, found, request.hotkeyPassword, options);
  return { hotkey, coldkey };
}

/** A hotkey that can work here. @throws MillraceError KEYS for one without its seed, which is wiped */
export function workingHotkey(key: SecretKey): SecretKey {
  if (key.seed !== null) return key;
  wipeKey(key);
  throw new MillraceError(
    'KEYS',
    'This hotkey was derived from another key and has no seed of its own, so it cannot work here. Make a new hotkey.',
  );
}

async function readHotkey(
  folder: string,
  found: FoundKey,
  password: string | null,
  options: KeyFileOptions,
): Promise<SecretKey> {
  const { key } = await openFound(folder, found, `the hotkey “${found.name}”`, password, options);
  return workingHotkey(key);
}

async function readColdkey(
  folder: string,
  wallet: FoundWallet,
  { coldkey: wanted, coldkeyPassword: password }: ImportRequest,
  options: KeyFileOptions,
): Promise<ColdkeyRecord | null> {
  switch (wanted) {
    case 'none':
      return null;
    case 'watch-only': {
      if (wallet.coldkeyAddress === null) throw notFound(`The wallet “${wallet.name}” tells no coldkey's address`);
      return { version: 1, kind: 'watch-only', address: wallet.coldkeyAddress };
    }
    case 'encrypted': {
      if (wallet.coldkey === null) throw notFound(`The wallet “${wallet.name}” has no coldkey file`);
      if (password === null) throw new MillraceError('KEYS', 'A coldkey is kept encrypted: its password is needed.');
      const { key, file, encryption } = await openFound(folder, wallet.coldkey, 'the coldkey', password, options);
      try {
        const nacl = await naclOf(key, file, encryption, password, options);
        return { version: 1, kind: 'encrypted', address: key.pair.address, nacl };
      } finally {
        wipeKey(key);
        file.fill(0);
      }
    }
    default:
      return assertNever(wanted, 'coldkey choice');
  }
}

/** The file as it is when it is of today's form; else the key is sealed anew, by the same password. */
async function naclOf(
  key: SecretKey,
  file: Uint8Array,
  encryption: KeyEncryption,
  password: string,
  options: KeyFileOptions,
): Promise<string> {
  const sealed =
    encryption === 'nacl'
      ? file
      : await sealKeyFile(key, encryption === 'none' ? newPassword(password) : password, options);
  return Buffer.from(sealed).toString('base64');
}

async function openFound(
  folder: string,
  found: FoundKey,
  what: string,
  password: string | null,
  options: KeyFileOptions,
): Promise<{ readonly key: SecretKey; readonly file: Uint8Array; readonly encryption: KeyEncryption }> {
  const read = await readWalletFile(folder, found.path);
  if (read.kind === 'missing') throw notFound(`The file of ${what} is gone`);
  if (read.kind === 'refused') throw new MillraceError('KEYS', `The file of ${what} was not read: ${read.why}.`);
  const opened = await openKeyFile(read.bytes, password, options);
  switch (opened.kind) {
    case 'password-needed':
      throw new MillraceError('KEYS', `The file of ${what} is encrypted: its password is needed.`);
    case 'wrong-password':
      throw new MillraceError('WRONG_PASSWORD', `That is not the password of ${what}. Nothing was changed.`);
    case 'opened': {
      const { key, encryption } = opened;
      if (key.kind === 'public') throw new ProtocolError(`The file of ${what} holds an address and no key`);
      checkClaim(found, key, what);
      return { key, file: read.bytes, encryption };
    }
    default:
      return assertNever(opened, 'opened key file');
  }
}

/** The public file beside it is what the owner was shown. */
function checkClaim(found: FoundKey, key: SecretKey, what: string): void {
  if (found.address === null || found.address === key.pair.address) return;
  wipeKey(key);
  throw new MillraceError('KEYS', `The address beside ${what} is another one than its key's. It was not imported.`);
}

function hotkeyIn(wallet: FoundWallet, name: string): FoundKey {
  const found = wallet.hotkeys.find((hotkey) => hotkey.name === name);
  if (found === undefined) throw notFound(`The wallet “${wallet.name}” has no hotkey “${name}”`);
  return found;
}

const notFound = (message: string): MillraceError => new MillraceError('NOT_FOUND', message);

/** @throws MillraceError KEYS for what is no address of Bittensor's */
export function checkedAddress(address: string): string {
  const trimmed = address.trim();
  try {
    publicKeyOf(trimmed);
    return trimmed;
  } catch {
    throw new MillraceError('KEYS', 'That is not an address of Bittensor: look for a missing or changed character.');
  }
}
