import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errorMessage, MillraceError } from '#protocol/errors.ts';

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

/** @throws MillraceError SETTINGS naming the folder */
export function createHome(home: string): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new MillraceError('SETTINGS', `The data folder ${home} cannot be created: ${errorMessage(cause)}`, { cause });
  }
}
