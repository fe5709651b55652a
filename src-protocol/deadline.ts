import { MillraceError } from './errors.ts';

export interface DeadlineOptions {
  /** What is waited for, for the message. */
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs work under a signal that fires when time is up or the caller gives up; then the error that says which of the two wins
 * over whatever the work threw. Written out because AbortSignal.any keeps a reference in a long-lived signal for every use.
 * @throws MillraceError TIMEOUT or ABORTED, or what the work throws
 */
export async function withDeadline<T>(
  { what, timeoutMs, signal }: DeadlineOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(abortedBy(signal, what));
  if (signal?.aborted === true) throw abortedBy(signal, what);
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => {
    controller.abort(new MillraceError('TIMEOUT', `${what}: nothing after ${timeoutMs} ms`));
  }, timeoutMs);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** The error for a signal that has fired: TIMEOUT when it was AbortSignal.timeout(), else ABORTED. */
export function abortedBy(signal: AbortSignal | undefined, what: string): MillraceError {
  const cause: unknown = signal?.reason;
  const timedOut = cause instanceof Error && cause.name === 'TimeoutError';
  return new MillraceError(timedOut ? 'TIMEOUT' : 'ABORTED', `${what}: ${timedOut ? 'out of time' : 'stopped'}`, {
    cause,
  });
}
