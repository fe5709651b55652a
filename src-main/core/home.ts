import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errorCode, errorMessage, MillraceError } from '#protocol/errors.ts';
import { makeFolder } from './make-folder.ts';

/** Where everything persistent lies unless `--home` says otherwise: MILLRACE_HOME, else the system's place for data. */
export function defaultHome(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  homeDirectory: string,
): string {
  if (env['MILLRACE_HOME']) return resolve(env['MILLRACE_HOME']);
  if (platform === 'darwin') return join(homeDirectory, 'Library', 'Application Support', 'Millrace');
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(homeDirectory, 'AppData', 'Local'), 'Millrace');
  return join(env['XDG_DATA_HOME'] ?? join(homeDirectory, '.local', 'share'), 'millrace');
}

/**
 * Makes the data folder where there is none, and sees that something can be made in it.
 * @throws MillraceError SETTINGS naming the folder, and what its owner can do
 */
export function createHome(home: string): void {
  const advice = 'Choose another folder, or make this one writable for you.';
  const refused = (what: string, cause: unknown): MillraceError =>
    new MillraceError('SETTINGS', `The data folder ${home} ${what}: ${errorMessage(cause)}. ${advice}`, { cause });
  try {
    makeFolder(home, 0o700);
  } catch (cause) {
    throw refused('cannot be created', cause);
  }
  try {
    // Permissions alone do not tell: disks are mounted read-only, and /proc says that root may write.
    rmdirSync(mkdtempSync(join(home, '.can-write-')));
  } catch (cause) {
    throw refused('cannot be written to', cause);
  }
}

/**
 * Sees that a data folder which is there can be looked into, for commands that only look and make none. One that is not there is none.
 * @throws MillraceError SETTINGS naming the folder, and what its owner can do
 */
export function checkHome(home: string): void {
  try {
    readdirSync(home);
  } catch (cause) {
    const code = errorCode(cause);
    if (code === 'ENOENT') return;
    const why = (code === undefined ? undefined : WHY_UNREADABLE[code]) ?? errorMessage(cause);
    throw new MillraceError(
      'SETTINGS',
      `The data folder ${home} cannot be read: ${why}. Name the one that Millrace works with by --home, or leave --home out.`,
      { cause },
    );
  }
}

const WHY_UNREADABLE: Readonly<Record<string, string>> = {
  ENOTDIR: 'it is a file, or lies in one',
  EACCES: 'this user has no right to',
  EPERM: 'this user has no right to',
  ENAMETOOLONG: 'its name is too long',
};
