import { utf8 } from '#protocol/bytes.ts';
import { assertNever } from '#protocol/assert-never.ts';
import { errorCode, errorMessage, MillraceError, ProtocolError } from '#protocol/errors.ts';
import { parseKeyJson, wipeKey, writeKeyJson, type SecretKey } from '../btwallet/key-json.ts';
import { openKeyFile, sealKeyFile, type KeyFileOptions } from '../btwallet/open-key-file.ts';
import type { HotkeyRecord } from './key-records.ts';
import { newPassword, wrongPassword } from './new-password.ts';
import { SILENT_KEYCHAIN, type NoSecretBox, type SecretBox } from './secret-box.ts';

export type OpenedHotkey =
  | { readonly kind: 'opened'; readonly key: SecretKey }
  | { readonly kind: 'password-needed' }
  /** The keychain does not open it: `why` for the owner, what it said itself for the log. */
  | { readonly kind: 'shut'; readonly why: string; readonly detail: string | null };

/**
 * Seals a hotkey for the disk: by the password if there is one, else by the system's keychain.
 * @throws MillraceError KEYS when there is neither, or the password is too short; ENGINE, ABORTED
 */
export async function sealHotkey(
  key: SecretKey,
  password: string | null,
  box: SecretBox,
  options: KeyFileOptions,
): Promise<HotkeyRecord> {
  const { address } = key.pair;
  if (password !== null) {
    const nacl = await sealKeyFile(key, newPassword(password), options);
    return { version: 1, address, sealed: { kind: 'password', nacl: base64(nacl) } };
  }
  if (box.kind === 'unavailable') throw new MillraceError('KEYS', `${box.why} Set a password for the hotkey.`);
  const text = writeKeyJson(key);
  const refused = (why: string): MillraceError =>
    new MillraceError('KEYS', `The keychain refused the hotkey: ${why}. Set a password for it.`);
  let data: Uint8Array;
  let isKept: boolean;
  try {
    data = await box.seal(text);
    // What does not open again now would be a lost key at the next start, after its registration was paid for.
    isKept = data.length > 0 && (await box.open(data)) === text;
  } catch (error) {
    throw refused(errorMessage(error));
  }
  if (!isKept) throw refused('it does not open what it has sealed');
  return { version: 1, address, sealed: { kind: 'os', data: base64(data) } };
}

/** @throws MillraceError WRONG_PASSWORD; PROTOCOL when the record is damaged; ENGINE, ABORTED */
export async function openHotkey(
  { address, sealed }: HotkeyRecord,
  password: string | null,
  box: SecretBox,
  options: KeyFileOptions,
): Promise<OpenedHotkey> {
  switch (sealed.kind) {
    case 'os':
      return await openByKeychain(address, Buffer.from(sealed.data, 'base64'), box);
    case 'password': {
      if (password === null) return { kind: 'password-needed' };
      return { kind: 'opened', key: await openNacl(address, sealed.nacl, password, options) };
    }
    default:
      return assertNever(sealed, 'seal');
  }
}

/** The key in a `$NACL` box of base64. @throws as `openHotkey` */
export async function openNacl(
  address: string,
  nacl: string,
  password: string,
  options: KeyFileOptions,
): Promise<SecretKey> {
  const opened = await openKeyFile(Buffer.from(nacl, 'base64'), password, options);
  if (opened.kind !== 'opened') throw wrongPassword();
  return secretOf(opened.key, address);
}

async function openByKeychain(address: string, sealed: Uint8Array, box: SecretBox): Promise<OpenedHotkey> {
  if (box.kind === 'unavailable') return shutBy(box);
  let text: string;
  try {
    text = await box.open(sealed);
  } catch (error) {
    return errorCode(error) === 'ABORTED' ? shutBy(SILENT_KEYCHAIN) : notOpened(error);
  }
  const content = utf8(text);
  try {
    return { kind: 'opened', key: secretOf(parseKeyJson(content), address) };
  } catch (error) {
    // Without a check sum in what the keychain sealed, a wrong one sometimes opens it to nonsense.
    if (error instanceof ProtocolError) return notOpened(error);
    throw error;
  } finally {
    content.fill(0);
  }
}

/** Why a hotkey stays shut while the keychain is not there. */
export const shutBy = ({ why, toOpen }: NoSecretBox): Extract<OpenedHotkey, { readonly kind: 'shut' }> => ({
  kind: 'shut',
  why: `${why} ${toOpen} ${UNCHANGED}`,
  detail: null,
});

const notOpened = (error: unknown): OpenedHotkey => ({ kind: 'shut', why: NOT_OPENED, detail: errorMessage(error) });

const UNCHANGED = 'Your hotkey is still on this disk, unchanged.';
const NOT_OPENED =
  'The keychain of this computer did not open this hotkey, which is still on this disk, unchanged. If you declined when it asked, restart Millrace and allow it. Otherwise another keychain has sealed it: log in as the user who created the hotkey, or restore the old keychain, then restart Millrace. If that is gone for good, remove the hotkey and use its recovery words or an export.';

/** The address in the clear doubles as a check: nobody is to be shown one account and sign for another. */
function secretOf(key: ReturnType<typeof parseKeyJson>, address: string): SecretKey {
  if (key.kind === 'secret' && key.pair.address === address) return key;
  wipeKey(key);
  throw new MillraceError('SETTINGS', `The key file of ${address} holds another key. Restore it from a backup.`);
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
