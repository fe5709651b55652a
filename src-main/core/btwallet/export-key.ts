import { lstat, mkdir, open, realpath, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { utf8 } from '#protocol/bytes.ts';
import { errorCode, errorMessage, MillraceError } from '#protocol/errors.ts';
import { makeFolder } from '../make-folder.ts';
import { writeKeyJson, writePublicKeyJson, type SecretKey } from './key-json.ts';
import { sealKeyFile, type KeyFileOptions } from './open-key-file.ts';
import { realPathInside } from './read-inside.ts';
import { PUBLIC_SUFFIX } from './wallet-folder.ts';

/** Where btwallet looks for a key. */
export type KeyPlace =
  | { readonly kind: 'coldkey'; readonly wallet: string }
  | { readonly kind: 'hotkey'; readonly wallet: string; readonly hotkey: string };

export type ExportedKey =
  | { readonly kind: 'written'; readonly path: string; readonly publicPath: string }
  /** Nothing was written: what lies there may be somebody's only copy. */
  | { readonly kind: 'exists'; readonly path: string }
  | { readonly kind: 'bad-name'; readonly name: string }
  /** A coldkey is never written as plain text. */
  | { readonly kind: 'password-needed' }
  | { readonly kind: 'refused'; readonly why: string };

const OWNER_ONLY = { file: 0o600, folder: 0o700 };
/** What every system and every command line takes as a file's name. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/**
 * Writes a secret key and its public file where btwallet finds them. Never overwrites.
 * @param password encrypts as `$NACL`; `null` writes a hotkey as plain text, which is btwallet's way too
 * @throws MillraceError STORAGE when the disk refuses; ENGINE, ABORTED as `sealKeyFile`
 */
export async function exportKey(
  folder: string,
  place: KeyPlace,
  key: SecretKey,
  password: string | null,
  options: KeyFileOptions = {},
): Promise<ExportedKey> {
  // Of spaces nothing is left; see sealKeyFile.
  const hasPassword = password !== null && password.trim() !== '';
  if (!hasPassword && (place.kind === 'coldkey' || password !== null)) {
    return badNameOf(place) ?? { kind: 'password-needed' };
  }
  const content = (): Promise<Uint8Array> =>
    hasPassword ? sealKeyFile(key, password, options) : Promise.resolve(utf8(writeKeyJson(key)));
  return await writeKeyFile(folder, place, key.pair.publicKey, content);
}

/** Writes a `$NACL` file as it is, which needs no password, and its public file. Otherwise as `exportKey`. */
export const exportSealedKey = (
  folder: string,
  place: KeyPlace,
  sealed: Uint8Array,
  publicKey: Uint8Array,
): Promise<ExportedKey> => writeKeyFile(folder, place, publicKey, () => Promise.resolve(Uint8Array.from(sealed)));

/**
 * Why a key cannot be written to a place, before anything is; `null`: nothing is in the way now.
 * @throws MillraceError STORAGE when the disk refuses
 */
export async function obstacleAt(
  folder: string,
  place: KeyPlace,
): Promise<Extract<ExportedKey, { readonly kind: 'exists' | 'bad-name' }> | null> {
  const badName = badNameOf(place);
  if (badName !== null) return badName;
  const path = pathOf(folder, place);
  for (const file of [path, path + PUBLIC_SUFFIX]) {
    if (await onDisk(path, () => isThere(file))) return { kind: 'exists', path: file };
  }
  return null;
}

async function writeKeyFile(
  folder: string,
  place: KeyPlace,
  publicKey: Uint8Array,
  makeContent: () => Promise<Uint8Array>,
): Promise<ExportedKey> {
  // Before a key is derived for seconds. What counts is the flag with which the files are opened.
  const obstacle = await obstacleAt(folder, place);
  if (obstacle !== null) return obstacle;
  const path = pathOf(folder, place);
  const content = await makeContent();
  try {
    return await onDisk(path, () => writePair(folder, path, content, publicKey));
  } finally {
    content.fill(0);
  }
}

const pathOf = (folder: string, place: KeyPlace): string =>
  join(folder, place.wallet, place.kind === 'coldkey' ? 'coldkey' : join('hotkeys', place.hotkey));

function badNameOf(place: KeyPlace): Extract<ExportedKey, { readonly kind: 'bad-name' }> | null {
  const names = place.kind === 'coldkey' ? [place.wallet] : [place.wallet, place.hotkey];
  const name = names.find((candidate) => !NAME.test(candidate));
  return name === undefined ? null : { kind: 'bad-name', name };
}

async function onDisk<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw new MillraceError('STORAGE', `The key cannot be written to ${path}: ${errorMessage(cause)}`, { cause });
  }
}

/** The public file goes first: before a password is known, nothing else tells whose a key is. */
async function writePair(
  folder: string,
  path: string,
  content: Uint8Array,
  publicKey: Uint8Array,
): Promise<ExportedKey> {
  if (!(await makeFolders(folder, dirname(path)))) return { kind: 'refused', why: 'a link leads out of the folder' };
  const publicPath = path + PUBLIC_SUFFIX;
  if (!(await writeNew(publicPath, utf8(writePublicKeyJson(publicKey))))) return { kind: 'exists', path: publicPath };
  try {
    if (await writeNew(path, content)) return { kind: 'written', path, publicPath };
  } catch (error) {
    await rm(publicPath);
    throw error;
  }
  await rm(publicPath);
  return { kind: 'exists', path };
}

/** Also a link that leads nowhere. */
async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    // ENOTDIR: making the folders will say it better.
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false;
    throw error;
  }
}

/** One folder after the other, so that none is made behind a link. False when `last` lies outside of `root`. */
async function makeFolders(root: string, last: string): Promise<boolean> {
  makeFolder(root, OWNER_ONLY.folder);
  const realRoot = await realpath(root);
  const missing: string[] = [];
  let there = last;
  for (; !(await isThere(there)); there = dirname(there)) missing.unshift(there);
  if ((await realPathInside(realRoot, there)) === null) return false;
  for (const path of missing) await mkdir(path, { mode: OWNER_ONLY.folder });
  return true;
}

/** Whole and on the disk, or not there. False when something has the name already. */
async function writeNew(path: string, content: Uint8Array): Promise<boolean> {
  let file: FileHandle;
  try {
    file = await open(path, 'wx', OWNER_ONLY.file);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    await file.writeFile(content);
    await file.sync();
    return true;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}
