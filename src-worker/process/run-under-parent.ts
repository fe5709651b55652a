import { errorCode, errorMessage } from '#protocol/errors.ts';
import type { ChildMessage } from '#protocol/worker-messages.ts';
import type { ParentChannel } from './parent-channel.ts';

/**
 * The frame of a child process: runs `work` until it ends, the parent says stop or goes away, or a signal comes. A failure is told
 * to the parent with its code and ends the process with 1.
 */
export async function runUnderParent(
  channel: ParentChannel,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  channel.onMessage((message) => {
    if (typeof message === 'object' && message !== null && 'kind' in message) {
      if (message.kind === 'stop') stop();
    }
  });
  channel.onClose(stop);
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  let exitCode = 0;
  try {
    await work(stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) {
      exitCode = 1;
      const failed: ChildMessage = {
        kind: 'failed',
        code: errorCode(error) ?? 'WORKER_FAILED',
        message: errorMessage(error),
      };
      channel.send(failed);
    }
  }
  // By force: native threads and sockets that are still closing must not keep the process.
  channel.exit(exitCode);
}
