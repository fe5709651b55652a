import * as v from 'valibot';
import { endpointName } from '../../contract/endpoints.ts';
import { check } from '../../envelope.ts';
import { errorMessage, MillraceError, ProtocolError } from '../../errors.ts';
import type { WebSocketConstructor, WebSocketLike } from '../web-socket.ts';

interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  /** Sent again when the connection broke before the answer: right for reads, wrong for what acts. */
  readonly resend?: boolean;
}

/** JSON-RPC over a WebSocket that reconnects by itself, to the next endpoint where there are several. */
export interface JsonRpcTransport {
  /**
   * Waits for a connection if there is none. What is answered is not checked.
   * @throws MillraceError CHAIN_UNREACHABLE, TIMEOUT, ABORTED, CHAIN_REFUSED when it is answered by an error
   */
  request(method: string, params: readonly unknown[], options?: RequestOptions): Promise<unknown>;
  /** Gives up this connection for the next endpoint. */
  leave(reason: string): void;
  /** The name of the endpoint in use, or that is tried. */
  endpoint(): string;
  close(): void;
}

export interface JsonRpcTransportOptions {
  /** Tried in this order, the first one again after the last. At least one. */
  readonly endpoints: readonly string[];
  readonly webSocket: WebSocketConstructor;
  readonly timeoutMs: number;
  /** Runs on each new connection before any other request; if it fails the connection is given up. */
  readonly handshake: (request: JsonRpcTransport['request']) => Promise<void>;
  readonly onNotification: (method: string, params: unknown) => void;
  /** Called when the handshake has succeeded, and when a connection or an attempt at one has ended: then with where and why, in words. */
  readonly onState: (state: 'connected' | 'disconnected', problem: string | null) => void;
}

/** The metadata of a chain is 1 MiB, all neurons of a subnet less. */
const MAX_MESSAGE_CHARACTERS = 32 * 1024 * 1024;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

const messageSchema = v.union([
  v.object({ method: v.pipe(v.string(), v.maxLength(64)), params: v.unknown() }),
  v.object({
    id: v.nullable(v.number()),
    // Substrate says what is wrong with a transaction in `data`.
    error: v.object({
      code: v.number(),
      message: v.pipe(v.string(), v.maxLength(2_000)),
      data: v.optional(v.unknown()),
    }),
  }),
  v.object({ id: v.number(), result: v.unknown() }),
]);

interface PendingRequest {
  readonly text: string;
  readonly resend: boolean;
  /** May go out before the handshake is done, and dies with its connection. */
  readonly isHandshake: boolean;
  sent: boolean;
  sentAtMs: number;
  readonly succeed: (result: unknown) => void;
  readonly fail: (error: Error) => void;
}

export function createJsonRpcTransport(options: JsonRpcTransportOptions): JsonRpcTransport {
  const { endpoints } = options;
  const pending = new Map<number, PendingRequest>();
  let nextId = 1;
  let at = 0;
  let socket: WebSocketLike | null = null;
  let ready = false;
  let closed = false;
  let failedAttempts = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastProblem = 'not connected yet';

  const url = (): string => endpoints[at % endpoints.length] ?? '';
  const endpoint = (): string => endpointName(url());
  const unreachable = (words: string): MillraceError =>
    new MillraceError('CHAIN_UNREACHABLE', `The chain at ${endpoint()} cannot be reached: ${words}`);

  function connect(): void {
    const { webSocket: Socket } = options;
    let opened: WebSocketLike;
    try {
      opened = new Socket(url(), [], { maxPayload: MAX_MESSAGE_CHARACTERS, perMessageDeflate: false });
    } catch (error) {
      lastProblem = errorMessage(error);
      const problem = `${endpoint()}: ${lastProblem}`;
      at += 1;
      options.onState('disconnected', problem);
      retryLater();
      return;
    }
    socket = opened;
    timer = setTimeout(() => drop(opened, 'no connection in time'), options.timeoutMs);
    opened.onopen = () => {
      clearTimeout(timer);
      options
        .handshake((method, params, more) => request(method, params, { ...more, resend: false }, true))
        .then(() => onReady(opened))
        .catch((error: unknown) => drop(opened, errorMessage(error)));
    };
    opened.onmessage = (event: { readonly data: unknown }) => {
      if (socket !== opened) return;
      try {
        receive(event.data);
      } catch (error) {
        drop(opened, errorMessage(error));
      }
    };
    opened.onerror = (event: { readonly message?: unknown }) => {
      if (socket === opened && typeof event.message === 'string') lastProblem = event.message;
    };
    opened.onclose = () => drop(opened, ready ? 'the connection broke' : lastProblem);
  }

  function onReady(opened: WebSocketLike): void {
    if (socket !== opened) return;
    ready = true;
    failedAttempts = 0;
    options.onState('connected', null);
    for (const each of pending.values()) transmit(each);
  }

  /** Gives up a connection; requests that may wait do so for the next one. */
  function drop(dropped: WebSocketLike, reason: string): void {
    if (socket !== dropped) return;
    socket = null;
    ready = false;
    lastProblem = reason;
    clearTimeout(timer);
    dropped.close();
    for (const each of [...pending.values()]) {
      if (each.isHandshake || (each.sent && !each.resend)) each.fail(unreachable(`${reason}; no answer came`));
      else each.sent = false;
    }
    const problem = `${endpoint()}: ${reason}`;
    at += 1;
    options.onState('disconnected', problem);
    retryLater();
  }

  function retryLater(): void {
    if (closed) return;
    const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failedAttempts, 10));
    failedAttempts += 1;
    timer = setTimeout(connect, delayMs);
  }

  function transmit(each: PendingRequest): void {
    if (socket === null || each.sent || !(ready || each.isHandshake)) return;
    each.sent = true;
    each.sentAtMs = performance.now();
    socket.send(each.text);
  }

  function receive(data: unknown): void {
    if (typeof data !== 'string') throw new ProtocolError('The chain sent binary data');
    if (data.length > MAX_MESSAGE_CHARACTERS) throw new ProtocolError(`The chain sent ${data.length} characters`);
    const message = check(messageSchema, parseJson(data), 'Message of the chain');
    if ('method' in message) {
      options.onNotification(message.method, message.params);
      return;
    }
    const waiting = message.id === null ? undefined : pending.get(message.id);
    if (waiting === undefined) return; // answered too late
    if ('error' in message) waiting.fail(refusal(message.error));
    else waiting.succeed(message.result);
  }

  function request(
    method: string,
    params: readonly unknown[],
    { signal, timeoutMs = options.timeoutMs, resend = true }: RequestOptions = {},
    isHandshake = false,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (closed || signal?.aborted === true) {
        reject(new MillraceError('ABORTED', closed ? 'The chain client is closed' : `${method} was cancelled`));
        return;
      }
      const id = nextId;
      nextId += 1;
      const finish = (): void => {
        pending.delete(id);
        clearTimeout(limit);
        signal?.removeEventListener('abort', onAbort);
      };
      const each: PendingRequest = {
        text: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
        resend,
        isHandshake,
        sent: false,
        sentAtMs: 0,
        succeed(result) {
          finish();
          resolve(result);
        },
        fail(error) {
          finish();
          reject(error);
        },
      };
      const onAbort = (): void => each.fail(new MillraceError('ABORTED', `${method} was cancelled`));
      const limit = setTimeout(() => {
        const late = `The chain at ${endpoint()} did not answer ${method} within ${timeoutMs} ms`;
        const isSilent = each.sent && performance.now() - each.sentAtMs >= options.timeoutMs / 2;
        each.fail(each.sent ? new MillraceError('TIMEOUT', late) : unreachable(lastProblem));
        // Who asked may be the chain library, which would wait for ever: the next endpoint may answer.
        if (isSilent && socket !== null) drop(socket, late);
      }, timeoutMs);
      signal?.addEventListener('abort', onAbort);
      pending.set(id, each);
      transmit(each);
    });
  }

  connect();
  return {
    request: (method, params, more) => request(method, params, more),
    leave(reason) {
      if (socket !== null) drop(socket, reason);
    },
    endpoint,
    close() {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      for (const each of [...pending.values()]) each.fail(new MillraceError('ABORTED', 'The chain client was closed'));
      if (socket !== null) drop(socket, 'closed');
    },
  };
}

/** The words of the chain with their details, which the library drops. */
function refusal({ message, data }: { readonly message: string; readonly data?: unknown }): MillraceError {
  const details = typeof data === 'string' ? `: ${data.slice(0, 500)}` : '';
  return new MillraceError('CHAIN_REFUSED', `${message}${details}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError('The chain sent something that is not JSON', { cause });
  }
}
