import { lstat, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, MillraceError } from '#protocol/errors.ts';
import { EXPORT_FILES, isExportFile, MANIFEST_FOLDER } from '#protocol/export/folder.ts';
import { syncFolder } from '../weights/replace-file.ts';

/** `new`: nothing is there. `empty`: a folder without anything. `export`: an earlier export, whole or not. */
type Place = 'new' | 'empty' | 'export';

/**
 * Looks at the place where an export is to go. An export that is there may be replaced when its owner says so; a folder that holds
 * anything else never is, because all of it would go.
 * @throws MillraceError USAGE
 */
export async function examinePlace(out: string, replace: boolean): Promise<Place> {
  const there = await typeOf(out);
  if (there === 'nothing') return 'new';
  if (there !== 'folder') throw new MillraceError('USAGE', `${out} exists and is no folder; choose another --out`);
  if ((await lstat(out)).dev !== (await lstat(dirname(out))).dev) {
    throw new MillraceError(
      'USAGE',
      `${out} is a disk of its own, which nothing can be moved onto: name a folder in it`,
    );
  }
  const names = await readdir(out);
  if (names.length === 0) return 'empty';
  const manifests = names.includes(MANIFEST_FOLDER) ? await namesIn(out, MANIFEST_FOLDER) : [];
  const strange = [...names, ...manifests].find((name) => !isOurs(name));
  if (strange !== undefined) {
    const what = `${out} holds other files, such as ${JSON.stringify(strange)}`;
    throw new MillraceError('USAGE', `${what}: an export wants a folder of its own; choose another --out`);
  }
  if (!replace) {
    throw new MillraceError('USAGE', `${out} holds an export already; --force replaces it, or choose another --out`);
  }
  return 'export';
}

/**
 * Moves a whole export from `stage` to `out`. What was there before is kept at `aside` until the new one is in place.
 * Both must be on the same disk as `out`.
 */
export async function placeFolder(stage: string, out: string, aside: string, replace: boolean): Promise<void> {
  const place = await examinePlace(out, replace);
  if (place === 'empty') await rmdir(out);
  if (place === 'export') await rename(out, aside);
  try {
    await rename(stage, out);
  } catch (error) {
    if (place === 'export') await rename(aside, out);
    if (place === 'empty') await mkdir(out);
    throw error;
  }
  await syncFolder(dirname(out));
  await rm(aside, { recursive: true, force: true });
}

const isOurs = (name: string): boolean =>
  isExportFile(name) || name === EXPORT_FILES.provenance || name === MANIFEST_FOLDER;

async function namesIn(out: string, folder: string): Promise<readonly string[]> {
  if ((await typeOf(join(out, folder))) !== 'folder') return [`${folder}, which is no folder`];
  return (await readdir(join(out, folder))).map((name) => `${folder}/${name}`);
}

async function typeOf(path: string): Promise<'nothing' | 'folder' | 'other'> {
  try {
    return (await lstat(path)).isDirectory() ? 'folder' : 'other';
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'nothing';
    throw error;
  }
}
