import { MillraceError } from '#protocol/errors.ts';

/** Waits for a promise that may never settle. @throws MillraceError ABORTED */
export async function abortable<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const aborted = new MillraceError('ABORTED', 'Stopped while waiting');
  if (signal.aborted) throw aborted;
  let end: () => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    end = () => reject(aborted);
    signal.addEventListener('abort', end);
  });
  try {
    return await Promise.race([promise, ended]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
