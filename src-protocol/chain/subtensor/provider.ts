import type { ProviderInterface, ProviderInterfaceCallback } from '@polkadot/rpc-provider/types';
import * as v from 'valibot';
import { check } from '../../envelope.ts';
import { errorCode, MillraceError, ProtocolError } from '../../errors.ts';
import { createJsonRpcTransport, type JsonRpcTransport } from './json-rpc-transport.ts';
import type { WebSocketConstructor } from '../web-socket.ts';

export interface ProviderOptions {
  readonly endpoints: readonly string[];
  readonly webSocket: WebSocketConstructor;
  readonly timeoutMs: number;
  /** See ConnectionOptions. */
  readonly checkGenesis?: ((genesisHash: string) => string | null) | undefined;
  readonly onState: (state: 'connected' | 'disconnected', problem: string | null) => void;
}

/** What the chain library sends its requests through, and what else its owner needs of it. */
export interface SubtensorProvider {
  readonly forLibrary: ProviderInterface;
  readonly transport: JsonRpcTransport;
  /** From now on no other chain than this one: it has shown that it is one. */
  readonly keepChain: () => void;
}

interface Subscription {
  readonly type: string;
  readonly method: string;
  readonly params: readonly unknown[];
  readonly callback: ProviderInterfaceCallback;
}

/** The chain's name for a subscription. */
const idSchema = v.union([v.pipe(v.string(), v.maxLength(128)), v.number()]);
const hashSchema = v.pipe(v.string(), v.regex(/^0x[\da-f]{64}$/));
const newsSchema = v.object({ subscription: idSchema, result: v.unknown() });
/** Nothing that acts is sent twice because a connection broke. */
const ACTS = /^author_/;
/** Answered by bytes in hex. */
const BYTES = /^state_(call|getMetadata)$/;
/** Asked again until it is answered: without it the library would print words, and go on with an older form of the metadata. */
const METADATA = /^state_call Metadata_/;
const MAY_PASS: ReadonlySet<unknown> = new Set(['CHAIN_UNREACHABLE', 'TIMEOUT', 'ABORTED']);
/** Early news of subscriptions that are not there (yet). */
const MAX_EARLY = 64;
const never = (): Promise<never> => new Promise(() => undefined);

/**
 * A provider for `ApiPromise` with what the library's own lacks: a limit for what the chain sends, the same chain or none after a
 * reconnection, and no exception out of a socket's event for a message that is malformed.
 */
export function createProvider(options: ProviderOptions): SubtensorProvider {
  const listeners = new Map<string, Set<(value?: unknown) => void>>();
  const emit = (type: string, value?: unknown): void => listeners.get(type)?.forEach((listener) => listener(value));
  /** By the id under which the library knows them; the chain's own id changes with each connection. */
  const subscriptions = new Map<string, Subscription>();
  const namedByChain = new Map<string | number, string>();
  const early: (readonly [id: string | number, result: unknown])[] = [];
  let nextName = 1;
  let isConnected = false;
  let isClosed = false;
  let genesisHash: string | null = null;
  let isKnown = false;

  const subscribeOnChain = async (
    name: string,
    { method, params }: Subscription,
    request: JsonRpcTransport['request'],
  ): Promise<void> => {
    const id = check(idSchema, await request(method, params), `Answer to ${method}`);
    namedByChain.set(id, name);
    // Others' news stays: two subscriptions may be on their way at the same time.
    for (const each of early.splice(0)) {
      if (each[0] === id) deliver(name, each[1]);
      else early.push(each);
    }
  };
  const deliver = (name: string, result: unknown): void => subscriptions.get(name)?.callback(null, result);

  const transport = createJsonRpcTransport({
    ...options,
    async handshake(request) {
      const found = check(hashSchema, await request('chain_getBlockHash', [0]), 'Hash of the first block');
      if (isKnown && found !== genesisHash) {
        throw new MillraceError('CHAIN_REFUSED', `another chain answers there now (${found.slice(0, 10)})`);
      }
      const problem = options.checkGenesis?.(found.slice(2)) ?? null;
      if (problem !== null) throw new MillraceError('CHAIN_REFUSED', problem);
      genesisHash = found;
      namedByChain.clear();
      early.length = 0;
      for (const [name, subscription] of subscriptions) await subscribeOnChain(name, subscription, request);
    },
    onNotification(_method, params) {
      const { subscription, result } = check(newsSchema, params, 'News of the chain');
      const name = namedByChain.get(subscription);
      if (name !== undefined) {
        deliver(name, result);
        return;
      }
      if (early.length === MAX_EARLY) early.shift();
      early.push([subscription, result]);
    },
    onState(state, problem) {
      isConnected = state === 'connected';
      options.onState(state, problem);
      emit(state);
    },
  });

  const forLibrary: ProviderInterface = {
    hasSubscriptions: true,
    isClonable: false,
    get isConnected() {
      return isConnected;
    },
    clone: () => forLibrary,
    connect: () => Promise.resolve(),
    disconnect() {
      isClosed = true;
      transport.close();
      return Promise.resolve();
    },
    on(type, listener) {
      const of = listeners.get(type) ?? new Set();
      listeners.set(type, of.add(listener));
      return () => void of.delete(listener);
    },
    async send<T>(method: string, params: unknown[]): Promise<T> {
      const isMetadata = METADATA.test(`${method} ${String(params[0])}`);
      for (;;) {
        try {
          const answer = await transport.request(method, params, { resend: !ACTS.test(method) });
          const isRight = !BYTES.test(method) || (typeof answer === 'string' && answer.startsWith('0x'));
          if (isRight) return answer as T;
          transport.leave(`its answer to ${method} is none`);
          if (!isMetadata) throw new ProtocolError(`The chain’s answer to ${method} is none`);
        } catch (error) {
          if (!isMetadata || !MAY_PASS.has(errorCode(error))) throw error;
          if (isClosed) return never();
        }
      }
    },
    async subscribe(type, method, params, callback) {
      const name = `own-${nextName}`;
      nextName += 1;
      const subscription = { type, method, params, callback };
      subscriptions.set(name, subscription);
      try {
        await subscribeOnChain(name, subscription, (each, list) => transport.request(each, list, { resend: false }));
      } catch (error) {
        if (isClosed) return never(); // the library would print it
        // The handshake of the next connection makes up for it.
        if (errorCode(error) !== 'CHAIN_UNREACHABLE') {
          subscriptions.delete(name);
          throw error;
        }
      }
      return name;
    },
    async unsubscribe(_type, method, name) {
      if (!subscriptions.delete(String(name))) return false;
      const [id] = [...namedByChain].find(([, each]) => each === name) ?? [];
      if (id === undefined || !isConnected) return true;
      namedByChain.delete(id);
      return (await transport.request(method, [id], { resend: false })) === true;
    },
  };
  return { forLibrary, transport, keepChain: () => void (isKnown = true) };
}
