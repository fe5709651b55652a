import { type DeadlineOptions, withDeadline } from '#protocol/deadline.ts';
import type { PeerStream } from './peer-stream.ts';

/**
 * Runs one exchange on a stream that was opened for it, within a time limit. Afterwards the stream is released; when the
 * exchange fails or time is up, it is dropped at once. @throws what withDeadline throws
 */
export async function useStream<T>(stream: PeerStream, deadline: DeadlineOptions, work: () => Promise<T>): Promise<T> {
  try {
    const result = await withDeadline(deadline, (signal) => {
      signal.addEventListener('abort', () => stream.abort(signal.reason as Error), { once: true });
      return work();
    });
    stream.release();
    return result;
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}
