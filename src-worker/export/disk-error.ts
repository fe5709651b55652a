import { errorCode, MillraceError } from '#protocol/errors.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const LOCKED = new Set(['EROFS', 'EACCES', 'EPERM']);

/** A MillraceError STORAGE that says what to do, for what the disk of an export refuses; anything else as it is. */
export function asDiskError(folder: string, cause: unknown): unknown {
  // The blob store has words of its own, about a data folder that the owner never chose here.
  const code = errorCode(errorCode(cause) === 'STORAGE' && cause instanceof Error ? cause.cause : cause) ?? '';
  if (FULL.has(code)) {
    const message = `The disk of ${folder} is full: free some space on it, or choose an --out on another disk`;
    return new MillraceError('STORAGE', `${message}. What was written is removed again (${code})`, { cause });
  }
  if (LOCKED.has(code)) {
    const message = `${folder} cannot be written: make it writable for this user, or choose another --out (${code})`;
    return new MillraceError('STORAGE', message, { cause });
  }
  return cause;
}
