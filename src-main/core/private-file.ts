import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '#protocol/errors.ts';

const OWNER_ONLY = 0o600;

/** Replaces the file as a whole and flushes it to the disk: after a crash there is the old text or the new, never a half. */
export function writePrivateFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  const file = openSync(temporary, 'wx', OWNER_ONLY);
  try {
    try {
      // All of it: one write alone may stop short on a disk that is nearly full.
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  flushFolder(dirname(path));
}

/**
 * The text of a file, or `null` when there is none.
 * @throws RangeError when it holds more than `maxBytes`; the error of the file system otherwise
 */
export function readSmallFile(path: string, maxBytes: number): string | null {
  try {
    const { size } = statSync(path);
    if (size > maxBytes) throw new RangeError(`${path} holds ${size} bytes, more than ${maxBytes}`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Moves a damaged file aside, so that nothing is lost, and says where it lies now. */
export function moveAside(path: string, nowMs: number): string {
  let target = `${path}.damaged-${timestamp(nowMs)}`;
  for (let i = 2; existsSync(target); i += 1) target = `${path}.damaged-${timestamp(nowMs)}-${i}`;
  renameSync(path, target);
  return target;
}

/** `2026-11-23T18-26-05Z`: sortable, and legal in file names everywhere. */
const timestamp = (nowMs: number): string =>
  new Date(nowMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-');

function flushFolder(path: string): void {
  // Windows cannot open a folder; there the rename itself is durable enough.
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
