import { assertNever } from '#protocol/assert-never.ts';
import type { CommandPayload } from '#protocol/contract/commands.ts';
import { MIN_PASSWORD_LENGTH, type ExportedKeys } from '#protocol/contract/keys.ts';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import { publicKeyOf } from '#protocol/keys.ts';
import { exportKey, exportSealedKey, obstacleAt, type ExportedKey, type KeyPlace } from '../btwallet/export-key.ts';
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
 * Writes keys where btcli finds them: both or none, as far as can be seen before; else it says which one. An encrypted coldkey goes
 * out byte for byte as it lies here.
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
  const checked = name === null || password === null ? null : newPassword(password);
  const places: readonly KeyPlace[] = [
    ...(request.coldkey ? [{ kind: 'coldkey', wallet } as const] : []),
    ...(name === null ? [] : [{ kind: 'hotkey', wallet, hotkey: name } as const]),
  ];
  // Of both before one is written.
  for (const place of places) {
    const obstacle = await obstacleAt(folder, place);
    if (obstacle !== null) writtenPath(obstacle);
  }
  const paths: string[] = [];
  if (request.coldkey && coldkey?.kind === 'encrypted') {
    const sealed = Buffer.from(coldkey.nacl, 'base64');
    const publicKey = publicKeyOf(coldkey.address);
    paths.push(writtenPath(await exportSealedKey(folder, { kind: 'coldkey', wallet }, sealed, publicKey)));
  }
  if (name !== null && hotkey !== null) {
    const place = { kind: 'hotkey', wallet, hotkey: name } as const;
    try {
      paths.push(writtenPath(await exportKey(folder, place, hotkey, checked, options)));
    } catch (error) {
      throw paths.length === 0 ? error : halfDone(paths, error);
    }
  }
  return { paths };
}

/** What is on the disk is not taken back: it may be the owner's only copy by now. */
function halfDone(paths: readonly string[], error: unknown): MillraceError {
  const words = `The coldkey was written to ${paths.join(', ')}, the hotkey was not: ${errorMessage(error)}`;
  return new MillraceError(error instanceof MillraceError ? error.code : 'STORAGE', words, { cause: error });
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
