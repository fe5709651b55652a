import type * as v from 'valibot';
import { check } from '#protocol/envelope.ts';
import { MillraceError } from '#protocol/errors.ts';
import type { ExportMessage } from '#protocol/export/messages.ts';
import type { ChildMessage } from '#protocol/worker-messages.ts';

/**
 * The channel to the process that launched this one: Electron's `utilityProcess` port or Node's `child_process.fork` IPC.
 * When it closes, this process ends by itself: no orphan keeps a GPU or a port.
 */
export interface ParentChannel {
  /**
   * The first message, which holds the whole configuration.
   * @throws ProtocolError when it breaks the schema; MillraceError TIMEOUT, ABORTED
   */
  firstMessage<Schema extends v.GenericSchema>(
    schema: Schema,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<v.InferOutput<Schema>>;
  /** Every message after the first, unchecked, in order; those that came earlier are delivered at once. Returns the unsubscribe function. */
  onMessage(listener: (message: unknown) => void): () => void;
  /** Never throws: a parent that is gone cannot be told anything. */
  send(message: ChildMessage | ExportMessage): void;
  /** Called once when the parent is gone; `CLOSE_GRACE_MS` later the process exits, whatever still runs. Returns the unsubscribe function. */
  onClose(listener: () => void): () => void;
  /** Ends this process once everything sent is on its way, so that the last words are heard. */
  exit(code: number): void;
}

/** Time to finish a write after the parent has vanished. */
export const CLOSE_GRACE_MS = 2_000;
const FIRST_MESSAGE_TIMEOUT_MS = 30_000;
/** A parent that does not read must not keep a finished child. */
const FLUSH_TIMEOUT_MS = 1_000;
/** Electron's port does not say when a message has left; it does so from another thread, within microseconds. */
const PORT_FLUSH_MS = 50;
/** Messages are few and small; a parent that sends more before anyone listens has lost its mind. */
const MAX_WAITING_MESSAGES = 1_000;

/** What this needs of `process`. Electron adds `parentPort` in a utility process, Node adds `send` in a forked one. */
export interface ChannelProcess {
  readonly parentPort?: {
    on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
    postMessage(message: unknown): void;
  };
  readonly connected?: boolean;
  send?(message: unknown, callback: (error: Error | null) => void): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
  exit(code: number): void;
}

/** `undefined` when nobody launched this process over a channel, as on a command line. */
export function openParentChannel(host: ChannelProcess = process): ParentChannel | undefined {
  const inbox = createInbox();
  const closeListeners = new Set<() => void>();

  const { parentPort } = host;
  if (parentPort !== undefined) {
    // No close event to wait for: Chromium itself ends a utility process, within two seconds of its parent.
    parentPort.on('message', (event) => inbox.deliver(event.data));
    return {
      ...receivingEnd(inbox, closeListeners),
      send: (message) => parentPort.postMessage(message),
      exit: (code) => void setTimeout(() => host.exit(code), PORT_FLUSH_MS),
    };
  }

  if (typeof host.send !== 'function') return undefined;
  host.on('message', (message) => inbox.deliver(message));
  host.on('disconnect', () => {
    // Must not itself keep a process alive that has finished.
    setTimeout(() => host.exit(0), closeListeners.size === 0 ? 0 : CLOSE_GRACE_MS).unref();
    for (const listener of [...closeListeners]) listener();
  });
  let lastSent: Promise<void> = Promise.resolve();
  return {
    ...receivingEnd(inbox, closeListeners),
    send(message) {
      // The callback also takes the error of a parent that went away in between; 'disconnect' follows.
      if (host.connected === true) lastSent = new Promise((resolve) => void host.send?.(message, () => resolve()));
    },
    exit(code) {
      setTimeout(() => host.exit(code), FLUSH_TIMEOUT_MS);
      void lastSent.then(() => host.exit(code));
    },
  };
}

function receivingEnd(
  inbox: Inbox,
  closeListeners: Set<() => void>,
): Pick<ParentChannel, 'firstMessage' | 'onMessage' | 'onClose'> {
  return {
    async firstMessage(schema, { timeoutMs = FIRST_MESSAGE_TIMEOUT_MS, signal } = {}) {
      return check(schema, await inbox.next(timeoutMs, signal), 'First message of the parent process');
    },
    onMessage: (listener) => inbox.listen(listener),
    onClose(listener) {
      closeListeners.add(listener);
      return () => void closeListeners.delete(listener);
    },
  };
}

interface Inbox {
  deliver(message: unknown): void;
  next(timeoutMs: number, signal?: AbortSignal): Promise<unknown>;
  listen(listener: (message: unknown) => void): () => void;
}

function createInbox(): Inbox {
  const waiting: unknown[] = [];
  const listeners = new Set<(message: unknown) => void>();
  let takeFirst: ((message: unknown) => void) | null = null;

  return {
    deliver(message) {
      if (takeFirst !== null) takeFirst(message);
      else if (listeners.size > 0) for (const listener of [...listeners]) listener(message);
      else if (waiting.length < MAX_WAITING_MESSAGES) waiting.push(message);
    },
    next(timeoutMs, signal) {
      if (waiting.length > 0) return Promise.resolve(waiting.shift());
      return new Promise((resolve, reject) => {
        const finish = (): void => {
          takeFirst = null;
          clearTimeout(timer);
          signal?.removeEventListener('abort', onAbort);
        };
        const fail = (error: MillraceError): void => {
          finish();
          reject(error);
        };
        const onAbort = (): void => fail(new MillraceError('ABORTED', 'Stopped while waiting for the parent process'));
        const timer = setTimeout(
          () => fail(new MillraceError('TIMEOUT', `No message from the parent process within ${timeoutMs} ms`)),
          timeoutMs,
        );
        takeFirst = (message) => {
          finish();
          resolve(message);
        };
        if (signal?.aborted === true) onAbort();
        else signal?.addEventListener('abort', onAbort);
      });
    },
    listen(listener) {
      listeners.add(listener);
      for (const message of waiting.splice(0)) listener(message);
      return () => void listeners.delete(listener);
    },
  };
}
