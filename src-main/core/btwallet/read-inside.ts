import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { isAbsolute, relative } from 'node:path';
import { errorCode } from '#protocol/errors.ts';

export type ReadInside =
  | { readonly kind: 'read'; readonly bytes: Uint8Array }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly why: string };

/** Neither through a link, should one have come since, nor waiting for a pipe's other end. Windows has neither flag. */
const FLAGS =
  constants.O_RDONLY |
  ((constants.O_NOFOLLOW as number | undefined) ?? 0) |
  ((constants.O_NONBLOCK as number | undefined) ?? 0);

/**
 * Where `path` really lies, or `null` if that is outside of `root`, which a link could lead to.
 * @param root as `realpath` gives it
 * @throws the error of the file system
 */
export async function realPathInside(root: string, path: string): Promise<string | null> {
  const real = await realpath(path);
  const way = relative(root, real);
  return way === '..' || /^\.\.[\\/]/.test(way) || isAbsolute(way) ? null : real;
}

/** A small file that lies in `root`, also where links lead to it. Never throws: what cannot be read is refused with the reason. */
export async function readInside(root: string, path: string, maxBytes: number): Promise<ReadInside> {
  try {
    const real = await realPathInside(root, path);
    return real === null ? { kind: 'refused', why: 'a link leads out of the folder' } : await readSmall(real, maxBytes);
  } catch (error) {
    const code = errorCode(error);
    // ENOTDIR: a file where a folder is looked for.
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    return { kind: 'refused', why: code ?? 'it cannot be read' };
  }
}

async function readSmall(path: string, maxBytes: number): Promise<ReadInside> {
  const file = await open(path, FLAGS);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return { kind: 'refused', why: 'it is not a file' };
    // One byte more than may be, because a file can grow after it was asked for its size.
    const buffer = new Uint8Array(maxBytes + 1);
    let size = 0;
    for (let read = -1; read !== 0 && size < buffer.length; size += read) {
      read = (await file.read(buffer, size, buffer.length - size, size)).bytesRead;
    }
    return size > maxBytes
      ? { kind: 'refused', why: `it has more than ${maxBytes} bytes` }
      : { kind: 'read', bytes: buffer.slice(0, size) };
  } finally {
    await file.close();
  }
}
