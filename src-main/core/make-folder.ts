import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorCode, MillraceError } from '#protocol/errors.ts';

/**
 * Makes a folder and those above it that are missing, one after the other: Node's own `recursive` never comes back where a parent that
 * exists says ENOENT, as /proc and /sys do (Node 20 to 24, seen on Linux).
 * @param mode of the folders that are made; the system's default when it is absent
 * @throws MillraceError STORAGE when something on the way is no folder; else the error of the file system
 */
export function makeFolder(path: string, mode?: number): void {
  const missing: string[] = [];
  let there = resolve(path);
  for (; kindOf(there) === 'nothing' && dirname(there) !== there; there = dirname(there)) missing.unshift(there);
  if (kindOf(there) === 'other') throw new MillraceError('STORAGE', `${there} is a file, not a folder`);
  for (const folder of missing) {
    try {
      mkdirSync(folder, mode);
    } catch (error) {
      // Another process was quicker.
      if (errorCode(error) !== 'EEXIST' || kindOf(folder) !== 'folder') throw error;
    }
  }
}

function kindOf(path: string): 'nothing' | 'folder' | 'other' {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'other';
  } catch (error) {
    // ENOTDIR: what is above it is no folder, and will be found to be none.
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return 'nothing';
    throw error;
  }
}
