import { assertNever } from '#protocol/assert-never.ts';
import type { CommandPayload } from '#protocol/contract/commands.ts';
import { MIN_PASSWORD_LENGTH, type ExportedKeys } from '#protocol/contract/keys.ts';
import { MillraceError } from '#protocol/errors.ts';
import { publicKeyOf } from '#protocol/keys.ts';
import { exportKey, exportSealedKey, type ExportedKey } from '../btwallet/export-key.ts';
import type { SecretKey } from '../btwallet/key-json.ts';
import type { KeyFileOptions } from '../btwallet/open-key-file.ts';
import type { ColdkeyRecord } from './key-records.ts';
import { newPassword } from './new-password.ts';

export interface ExportSources {
  /** `null`: missing or locked. */
  readonly hotkey: SecretKey | null;
  readonly coldkey: ColdkeyRecord | null;
}

/**
 * Writes keys where btcli finds them. An encrypted coldkey goes out byte for byte as it lies here.
 * @returns the files of the secrets
 * @throws MillraceError KEYS when one cannot be written, or something is there already; STORAGE, ENGINE, ABORTED
 */
export async function exportKeys(
  folder: string,
  request: CommandPayload<'keys.export'>,
  { hotkey, coldkey }: ExportSources,
  options: KeyFileOptions,
): Promise<ExportedKeys> {
  const { wallet, hotkey: name, hotkeyPassword: password } = request;
  if (name === null && !request.coldkey) throw new MillraceError('KEYS', 'Choose what to export.');
  if (name !== null && hotkey === null) {
    throw new MillraceError('KEYS', 'The hotkey is missing or locked. Unlock it, then export it.');
  }
  if (request.coldkey && coldkey?.kind !== 'encrypted') {
    throw new MillraceError('KEYS', 'The coldkey is not on this machine, so it cannot be exported from here.');
  }
  const paths: string[] = [];
  if (request.coldkey && coldkey?.kind === 'encrypted') {
    const sealed = Buffer.from(coldkey.nacl, 'base64');
    const publicKey = publicKeyOf(coldkey.address);
    paths.push(writtenPath(await exportSealedKey(folder, { kind: 'coldkey', wallet }, sealed, publicKey)));
  }
  if (name !== null && hotkey !== null) {
    const place = { kind: 'hotkey', wallet, hotkey: name } as const;
    const checked = password === null ? null : newPassword(password);
    paths.push(writtenPath(await exportKey(folder, place, hotkey, checked, options)));
  }
  return { paths };
}

function writtenPath(exported: ExportedKey): string {
  switch (exported.kind) {
    case 'written':
      return exported.path;
    case 'exists':
      throw new MillraceError('KEYS', `${exported.path} is there already and was not touched. Choose another name.`);
    case 'bad-name':
      throw new MillraceError('KEYS', `“${exported.name}” is no name for a key: use letters, digits, - and _.`);
    case 'password-needed':
      throw new MillraceError('KEYS', `A password of ${MIN_PASSWORD_LENGTH} characters is needed.`);
    case 'refused':
      throw new MillraceError('KEYS', `Nothing was written: ${exported.why}.`);
    default:
      return assertNever(exported, 'export');
  }
}
