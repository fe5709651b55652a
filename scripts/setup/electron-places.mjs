// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, root } from './places.mjs';

/** The stock Electron 33.2.1 for Linux x64 that comes out of a package of the npm registry. */
export const registryElectronFolder = join(cacheFolder, 'electron-33.2.1-linux-x64');

/** The Electron that the `electron` package downloads from its release server. */
function officialElectron() {
  const folder = join(root, 'node_modules/electron');
  try {
    return join(folder, 'dist', readFileSync(join(folder, 'path.txt'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** The Electron executable that is installed, or `undefined`. */
export function findElectron() {
  const candidates = [officialElectron(), join(registryElectronFolder, 'electron')];
  return candidates.find((path) => path !== undefined && existsSync(path));
}
