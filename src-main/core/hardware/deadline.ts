import { MillraceError } from '#protocol/errors.ts';

/** Waits for `promise` at most `timeoutMs`; then throws TIMEOUT, or ABORTED when the signal fires first. */
export async function withDeadline<T>(
  promise: Promise<T>,
  timeoutMs: number,
  what: string,
  signal: AbortSignal,
): Promise<T> {
  let stop: () => void = () => undefined;
  const end = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new MillraceError('TIMEOUT', `${what} did not answer within ${timeoutMs / 1000} s.`));
    }, timeoutMs);
    const onAbort = () => reject(new MillraceError('ABORTED', `${what} was cancelled.`));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    stop = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
  });
  try {
    return await Promise.race([promise, end]);
  } finally {
    stop();
  }
}
