import { MillraceError, errorCode } from '#protocol/errors.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const LOCKED = new Set(['EROFS', 'EACCES', 'EPERM']);
/** Something lies where a blob or its folder belongs, e.g. a folder where a file was. */
const OBSTRUCTED = new Set(['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY', 'ELOOP', 'ERR_FS_EISDIR']);
const BROKEN = new Set(['EIO', 'EMFILE', 'ENFILE']);

/** Runs work on the files of `folder`; what the machine refuses becomes a MillraceError STORAGE that says what to do. */
export async function onDisk<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw asStorageError(folder, cause);
  }
}

/** A MillraceError STORAGE for what a disk or a system refuses; anything else as it is. */
export function asStorageError(folder: string, cause: unknown): unknown {
  const code = errorCode(cause) ?? '';
  const advice = adviceFor(folder, code);
  return advice === null ? cause : new MillraceError('STORAGE', `${advice} (${code})`, { cause });
}

function adviceFor(folder: string, code: string): string | null {
  if (FULL.has(code)) {
    return `The disk of ${folder} is full: free some space on it, or start with --home on another disk. Nothing stored is lost`;
  }
  if (LOCKED.has(code)) {
    return `${folder} cannot be written: make it writable for this user, or start with another --home. Nothing stored is lost`;
  }
  if (OBSTRUCTED.has(code)) {
    return `Something in ${folder} is in the way of the blobs: move it elsewhere, or start with another --home. Nothing stored is lost`;
  }
  return BROKEN.has(code) ? `${folder} cannot be used right now: look after the disk and the system's limits` : null;
}

/** @param neededBytes what did not fit beside `keptBytes`, which must stay */
export function quotaError(neededBytes: number, keptBytes: number, quotaBytes: number): MillraceError {
  const kept = keptBytes === 0 ? 'nothing can be removed' : `${keptBytes} bytes are needed by the run and stay`;
  return new MillraceError(
    'STORAGE',
    `No room for ${neededBytes} bytes in the blob store: its quota is ${quotaBytes} bytes, ${kept}. ` +
      'Give Millrace more disk space: in the Settings, or with --disk. Nothing stored is lost',
  );
}
