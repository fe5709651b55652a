import { errorMessage } from '#protocol/errors.ts';
import { textOf } from './params.ts';
import { RPC_CODES, RpcError } from './rpc-error.ts';
import type { RpcCaller, RpcMethods } from './rpc-method.ts';

/** A client that has more is broken or an attack. */
const MAX_SUBSCRIPTIONS = 256;
const MAX_BATCH = 128;
/** What all subscriptions of a client may keep of what it sent for them: keys to follow, transactions to send again. */
const MAX_KEPT_BYTES = 2 * 1024 * 1024;
/**
 * Of an answer, of all answers of a batch together, and of a notification: clients take no longer messages. Also of all
 * notifications that one message of a client causes before its answer.
 */
const MAX_CHARACTERS = 32 * 1024 * 1024;

export interface ConnectionPorts {
  readonly methods: RpcMethods;
  /** Sends one message. */
  readonly send: (text: string) => void;
  /** Whether notifications can be sent at all: not over HTTP. */
  readonly canSubscribe: boolean;
  readonly log: (message: string) => void;
}

/** JSON-RPC 2.0 with one client. */
export class RpcConnection implements RpcCaller {
  readonly #ports: ConnectionPorts;
  readonly #subscriptions = new Map<string, { readonly end: () => void; readonly keptBytes: number }>();
  #keptBytes = 0;
  #nextId = 1;
  /** Notifications that a method causes before its answer is sent wait for it: clients don't know the id yet. */
  #held: string[] | null = null;
  /** Characters that may yet be held. */
  #holdsMore = 0;

  constructor(ports: ConnectionPorts) {
    this.#ports = ports;
  }

  /** @returns the answer, `null` when there is none to send */
  receive(text: string): string | null {
    this.#held = [];
    this.#holdsMore = MAX_CHARACTERS;
    const held = this.#held;
    let answer: string | null;
    try {
      answer = this.#answerText(text);
    } finally {
      this.#held = null;
    }
    if (held.length > 0) queueMicrotask(() => held.forEach((message) => this.#ports.send(message)));
    return answer;
  }

  readonly subscribe: RpcCaller['subscribe'] = (method, begin, keptBytes = 0) => {
    if (!this.#ports.canSubscribe) throw new RpcError(RPC_CODES.methodNotFound, 'Subscriptions need a WebSocket');
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS)
      throw new RpcError(RPC_CODES.busy, `At most ${MAX_SUBSCRIPTIONS} subscriptions`);
    if (this.#keptBytes + keptBytes > MAX_KEPT_BYTES)
      throw new RpcError(RPC_CODES.busy, `Subscriptions may be to ${MAX_KEPT_BYTES} bytes of keys and transactions`);
    const subscription = `${this.#nextId}`;
    this.#nextId += 1;
    let isOver = false as boolean;
    const notify = (result: unknown): void => {
      if (isOver) return;
      const most = this.#held === null ? MAX_CHARACTERS : this.#holdsMore;
      const message = most > 0 ? textOrNull({ jsonrpc: '2.0', method, params: { subscription, result } }, most) : null;
      if (message === null) {
        // Whoever has the news must go on: the chain does not end with one client's wish.
        this.#ports.log(`News of ${method} were too long; their subscription ended`);
        isOver = true;
        this.#holdsMore = 0; // to write down what cannot be sent takes long too
        this.unsubscribe(subscription);
      } else if (this.#held === null) this.#ports.send(message);
      else {
        this.#holdsMore -= message.length;
        this.#held.push(message);
      }
    };
    this.#keptBytes += keptBytes;
    this.#subscriptions.set(subscription, { end: begin(notify), keptBytes });
    // Later, because whoever begins it has no id yet to end it by.
    if (isOver) queueMicrotask(() => this.unsubscribe(subscription));
    return subscription;
  };

  readonly unsubscribe = (id: unknown): boolean => {
    const known = textOf(id);
    const ended = this.#subscriptions.get(known);
    if (ended === undefined) return false;
    this.#subscriptions.delete(known);
    this.#keptBytes -= ended.keptBytes;
    ended.end();
    return true;
  };

  /** Ends all subscriptions. */
  close(): void {
    for (const { end } of this.#subscriptions.values()) end();
    this.#subscriptions.clear();
  }

  #answerText(text: string): string | null {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      return JSON.stringify(failed(null, new RpcError(RPC_CODES.parse, 'Not JSON')));
    }
    if (!Array.isArray(message)) return this.#answer(message, MAX_CHARACTERS);
    if (message.length === 0 || message.length > MAX_BATCH) {
      return JSON.stringify(
        failed(null, new RpcError(RPC_CODES.invalidRequest, `A batch has 1 to ${MAX_BATCH} requests`)),
      );
    }
    let left = MAX_CHARACTERS;
    const answers: string[] = [];
    for (const each of message) {
      const answer = this.#answer(each, left);
      if (answer === null) continue;
      answers.push(answer);
      left -= answer.length;
    }
    return answers.length === 0 ? null : `[${answers.join(',')}]`;
  }

  /** The text of the answer, or of an error when it would have more characters than that. */
  #answer(message: unknown, most: number): string | null {
    const { id } = (message ?? {}) as Readonly<Record<string, unknown>>;
    const answer = this.#run(message);
    if (answer === null) return null;
    const knownId = typeof id === 'string' || typeof id === 'number' ? id : null;
    const tooLong = new RpcError(RPC_CODES.tooLong, `The answer is too long: it may have ${most} characters`);
    return textOrNull(answer, most) ?? JSON.stringify(failed(knownId, tooLong));
  }

  #run(message: unknown): object | null {
    const { id, method, params } = (message ?? {}) as Readonly<Record<string, unknown>>;
    const knownId = typeof id === 'string' || typeof id === 'number' ? id : null;
    try {
      if (typeof method !== 'string') throw new RpcError(RPC_CODES.invalidRequest, 'Not a request');
      if (params !== undefined && !Array.isArray(params))
        throw new RpcError(RPC_CODES.invalidParams, 'Parameters must be a list');
      const run = Object.hasOwn(this.#ports.methods, method) ? this.#ports.methods[method] : undefined;
      if (run === undefined) throw new RpcError(RPC_CODES.methodNotFound, `There is no method ${method.slice(0, 64)}`);
      const result = run((params ?? []) as readonly unknown[], this) ?? null;
      return id === undefined ? null : { jsonrpc: '2.0', id: knownId, result };
    } catch (error) {
      if (id === undefined && typeof method === 'string') return null;
      if (error instanceof RpcError) return failed(knownId, error);
      this.#ports.log(`${textOf(method).slice(0, 64)} failed: ${errorMessage(error)}`);
      return failed(knownId, new RpcError(RPC_CODES.internal, 'Internal error'));
    }
  }
}

const failed = (id: string | number | null, { code, message, data }: RpcError) => ({
  ...{ jsonrpc: '2.0', id },
  error: data === undefined ? { code, message } : { code, message, data },
});

/** `null` when it is longer than that, or than any text may be. */
function textOrNull(message: object, most: number): string | null {
  try {
    const text = JSON.stringify(message);
    return text.length > most ? null : text;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
