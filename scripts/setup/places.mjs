// @ts-check
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder that holds package.json. */
export const root = resolve(import.meta.dirname, '../..');

/** Downloads and other things that can be made again; ignored by git. */
export const cacheFolder = join(root, '.cache');

/** The Node 24 that the packages bring along: every later step runs on it, whatever Node the machine has. */
export function node24() {
  const folder = join(root, 'node_modules/node/bin');
  const exe = join(folder, 'node.exe');
  return existsSync(exe) ? exe : join(folder, 'node');
}
