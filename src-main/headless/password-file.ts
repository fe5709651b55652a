import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, errorMessage, MillraceError } from '#protocol/errors.ts';

const MAX_BYTES = 4096;
/** `LoadCredential=millrace-hotkey:FILE` in a systemd unit. */
const CREDENTIAL = 'millrace-hotkey';

/**
 * The password in the first line of a file that its owner alone may read. A file, because every process of the user can read
 * arguments and environments.
 * @throws MillraceError USAGE naming the file, never what is in it
 */
export function readPasswordFile(path: string): string {
  return readFirstLine(path, true);
}

/** What opens the hotkey of a machine without a person; `null` when nothing was given. @throws as `readPasswordFile` */
export function givenHotkeyPassword(
  passwordFile: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  if (passwordFile !== undefined) return readPasswordFile(passwordFile);
  const folder = env['CREDENTIALS_DIRECTORY'];
  if (folder === undefined || folder === '') return null;
  try {
    // Who may enter that folder is systemd's business; the mode of a file there shows an ACL's mask.
    return readFirstLine(join(folder, CREDENTIAL), false);
  } catch (error) {
    if (error instanceof MillraceError && errorCode(error.cause) === 'ENOENT') return null;
    throw error;
  }
}

function readFirstLine(path: string, checkMode: boolean): string {
  const bytes = readCapped(path, checkMode);
  try {
    const [line = ''] = bytes.toString('utf8').split(/\r?\n/, 1);
    if (line.trim() === '') throw new MillraceError('USAGE', `The password file ${path} has an empty first line`);
    return line;
  } finally {
    bytes.fill(0);
  }
}

function readCapped(path: string, checkMode: boolean): Buffer {
  try {
    const stats = statSync(path);
    if (checkMode && process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
      throw new MillraceError('USAGE', `${path} holds a password, but others may read it: chmod 600 ${path}`);
    }
    if (!stats.isFile() || stats.size > MAX_BYTES) {
      throw new MillraceError('USAGE', `${path} is no password file: it must be a file of at most ${MAX_BYTES} bytes`);
    }
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof MillraceError) throw cause;
    throw new MillraceError('USAGE', `The password file ${path} cannot be read: ${errorMessage(cause)}`, { cause });
  }
}
