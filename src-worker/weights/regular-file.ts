import { constants } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { ProtocolError } from '#protocol/errors.ts';

/** Windows has no such flag, and no pipes or devices in its folders. */
const { O_RDONLY, O_NONBLOCK = 0 } = constants as { readonly O_RDONLY: number; readonly O_NONBLOCK?: number };

/**
 * Opens a file of unknown origin for reading. What is no regular file is refused: a pipe would make us wait for somebody to
 * write to it, and to open a device may do something.
 * @throws ProtocolError that names the file when it is something else; what the file system throws
 */
export async function openRegularFile(path: string): Promise<FileHandle> {
  if (!(await stat(path)).isFile()) throw new ProtocolError(`${path} is not a regular file`);
  // It may have become a pipe since: then opening does not wait, and reading never begins.
  const handle = await open(path, O_RDONLY | O_NONBLOCK);
  try {
    if (!(await handle.stat()).isFile()) throw new ProtocolError(`${path} is not a regular file`);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * All bytes of a small file of unknown origin.
 * @throws ProtocolError that names the file when it is larger than `maxBytes`, shrinks meanwhile, or is no regular file; what
 *   the file system throws
 */
export async function readRegularFile(path: string, maxBytes: number): Promise<Uint8Array> {
  const handle = await openRegularFile(path);
  try {
    const { size } = await handle.stat();
    if (size > maxBytes) throw new ProtocolError(`${path} has ${size} bytes, more than ${maxBytes}`);
    return await readBytes(handle, new Uint8Array(size), 0, path);
  } finally {
    await handle.close();
  }
}

/** Fills `target` from a place in the file. @throws ProtocolError when the file ends before */
export async function readBytes<T extends Uint8Array>(
  handle: FileHandle,
  target: T,
  place: number,
  what: string,
): Promise<T> {
  for (let done = 0; done < target.length;) {
    const { bytesRead } = await handle.read(target, done, target.length - done, place + done);
    if (bytesRead === 0) throw new ProtocolError(`The file ended within ${what}: it has become shorter`);
    done += bytesRead;
  }
  return target;
}
