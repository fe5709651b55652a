import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { MillraceError } from '#protocol/errors.ts';
import type { KeyRequest } from './derive-key.ts';

/** Derives a key elsewhere; the request's bytes are no longer the caller's. */
export type DeriveKey = (request: KeyRequest, signal?: AbortSignal) => Promise<Uint8Array>;

/** Beside the sources, beside the bundle, or one folder above a piece that bundles share. */
const ENTRIES = ['./derive-key-thread.ts', './derive-key-thread.js', '../derive-key-thread.js'];

/**
 * Derives a key on a thread of its own, which ends with it: only so does the system get back the 512 MiB.
 * @throws MillraceError ENGINE when the thread fails, as for want of memory; ABORTED by the signal
 */
export const deriveKeyAside: DeriveKey = async (request, signal) => {
  if (signal?.aborted === true) throw aborted();
  const thread = startThread(request);
  const abort = (): void => void thread.terminate();
  signal?.addEventListener('abort', abort);
  try {
    return await new Promise<Uint8Array>((resolve, reject) => {
      thread.once('message', resolve);
      thread.once('error', (cause) => reject(failure(cause)));
      thread.once('exit', () => reject(signal?.aborted === true ? aborted() : failure()));
    });
  } finally {
    signal?.removeEventListener('abort', abort);
  }
};

function startThread(request: KeyRequest): Worker {
  const paths = ENTRIES.map((entry) => fileURLToPath(new URL(entry, import.meta.url)));
  const path = paths.find((candidate) => existsSync(candidate));
  if (path === undefined) throw new MillraceError('ENGINE', `None of ${paths.join(', ')} is there`);
  return new Worker(path, { workerData: request, transferList: [request.password.buffer as ArrayBuffer] });
}

const aborted = (): MillraceError => new MillraceError('ABORTED', 'Stopped while a key was derived from a password');

const failure = (cause?: unknown): MillraceError =>
  new MillraceError('ENGINE', 'No key could be derived from the password; that takes 512 MiB of free memory', {
    cause,
  });
