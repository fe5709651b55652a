/** Starts something and waits until it is interrupted (resolves) or calls `fail` (rejects). */
export function untilInterrupted(
  interrupted: AbortSignal,
  start: (fail: (error: Error) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (interrupted.aborted) {
      resolve();
      return;
    }
    interrupted.addEventListener('abort', () => resolve(), { once: true });
    start(reject);
  });
}
