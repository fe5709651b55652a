import { endpointName } from '../../contract/endpoints.ts';
import { abortedBy, withDeadline } from '../../deadline.ts';
import { errorMessage, MillraceError, ProtocolError } from '../../errors.ts';
import type { ChainConnection } from '../chain-client.ts';
import { createLatest, type Latest } from '../latest.ts';
import type { WebSocketConstructor } from '../web-socket.ts';
import { createProvider } from './provider.ts';
import { QuietApi } from './quiet-api.ts';

/** Subtensor's own extensions add no bytes to a transaction; named here, the library does not warn of them (facts of spec 425). */
const NO_BYTES = { extrinsic: {}, payload: {} };
const SIGNED_EXTENSIONS = {
  SudoTransactionExtension: NO_BYTES,
  CheckShieldedTxValidity: NO_BYTES,
  SubtensorTransactionExtension: NO_BYTES,
  DrandPriority: NO_BYTES,
  SubtensorSignedExtension: NO_BYTES,
  CommitmentsSignedExtension: NO_BYTES,
};

export interface ConnectionOptions {
  /** `ws://` or `wss://`, the preferred one first; the next is tried when one fails or falls behind. */
  readonly endpoints: readonly string[];
  /** The browser's `WebSocket`, or that of `ws`. */
  readonly webSocket: WebSocketConstructor;
  readonly timeoutMs: number;
  /** Why a chain with this first block (hex, 64 digits) is not the one that is meant, in words, else `null`. */
  readonly checkGenesis?: ((genesisHash: string) => string | null) | undefined;
  /** Called with the name of the endpoint in use, and when there is none with that of the next one and why there is none, in words. */
  readonly onEndpoint?: ((endpoint: string, problem: string | null) => void) | undefined;
}

/** The node's names for a kind of news. */
interface Topic {
  readonly news: string;
  readonly begin: string;
  readonly end: string;
}

/** A connection to a Substrate chain that comes back by itself, to the same chain only. */
export interface SubtensorConnection {
  readonly state: Latest<ChainConnection>;
  /**
   * Reads something, waiting for a connection if there is none.
   * @throws MillraceError CHAIN_UNREACHABLE, CHAIN_REFUSED when the chain answers by an error, TIMEOUT, ABORTED
   */
  ask<T>(what: string, read: (api: QuietApi) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /**
   * One request that acts: never sent twice. @throws MillraceError as `ask`
   */
  act(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown>;
  /**
   * Has the listener told of something from now on, also over later connections. One that throws costs the connection. Returns how to
   * end it. @throws MillraceError CHAIN_REFUSED, TIMEOUT
   */
  follow(topic: Topic, params: readonly unknown[], listener: (news: unknown) => void): Promise<() => void>;
  /** Resolves with the API once it has met the chain. It follows the chain's upgrades. */
  readonly ready: Promise<QuietApi>;
  /** Gives this endpoint up for the next. */
  leave(reason: string): void;
  readonly endpoints: readonly string[];
  /** The name of the endpoint in use, or that is tried: see `endpointName`. */
  endpoint(): string;
  close(): void;
}

/** @throws ProtocolError when an endpoint is not a WebSocket URL, or there is none */
export function connectSubtensor(options: ConnectionOptions): SubtensorConnection {
  const { endpoints, webSocket, timeoutMs, onEndpoint = () => undefined } = options;
  if (endpoints.length === 0) throw new ProtocolError('A chain needs an endpoint');
  for (const url of endpoints) {
    if (!/^wss?:\/\//.test(url) || !URL.canParse(url))
      throw new ProtocolError(`Not a WebSocket URL: ${endpointName(url)}`);
  }
  const state = createLatest<ChainConnection>();
  state.set('connecting');
  let isReady = false;
  let isClosed = false;
  /** The library never hears of it: who waits for it does here. */
  const closing = new AbortController();
  let problem: string | null = null;
  const setState = (next: ChainConnection): void => {
    if (state.current() !== next) state.set(next);
  };

  const { forLibrary, transport, keepChain } = createProvider({
    ...{ endpoints, webSocket, timeoutMs, checkGenesis: options.checkGenesis },
    onState: (next, why) => {
      if (why !== null) problem = why;
      if (isClosed || (next === 'connected' && !isReady)) return;
      setState(next);
      onEndpoint(transport.endpoint(), why);
    },
  });
  const api = new QuietApi({ provider: forLibrary, noInitWarn: true, signedExtensions: SIGNED_EXTENSIONS });
  // Said by the event below; unheard, this rejection would end the process.
  api.isReadyOrError.catch(() => undefined);
  const ready = new Promise<QuietApi>((resolve) => {
    api.on('ready', () => {
      isReady = true;
      keepChain();
      if (!isClosed) {
        setState('connected');
        onEndpoint(transport.endpoint(), null);
      }
      resolve(api);
    });
  });
  // Most often the metadata of a chain that is none: the next endpoint may have one.
  api.on('error', (error: unknown) => {
    problem = errorMessage(error);
    transport.leave(problem);
  });

  const failure = (what: string, error: unknown): MillraceError => {
    if (!(error instanceof MillraceError))
      return new ProtocolError(`${what}: ${errorMessage(error)}`, { cause: error });
    if (error.code !== 'TIMEOUT' || state.current() === 'connected') return error;
    const words = `The chain at ${transport.endpoint()} cannot be reached: ${problem ?? 'no answer in time'}`;
    return new MillraceError('CHAIN_UNREACHABLE', words, { cause: error });
  };

  return {
    state,
    ready,
    async ask(what, read, signal) {
      if (isClosed) throw new MillraceError('ABORTED', 'The client of the chain is closed');
      return withDeadline({ what, timeoutMs, signal }, async (inner) => {
        const connected = await orAbort(ready, what, [inner, closing.signal]);
        return orAbort(read(connected), what, [inner, closing.signal]);
      }).catch((error: unknown) => {
        throw failure(what, error);
      });
    },
    async act(method, params, signal) {
      await withDeadline({ what: method, timeoutMs, signal }, (inner) =>
        orAbort(ready, method, [inner, closing.signal]),
      ).catch((error: unknown) => {
        throw failure(method, error);
      });
      return transport.request(method, params, { signal, timeoutMs, resend: false });
    },
    async follow({ news, begin, end }, params, listener) {
      const name = await forLibrary.subscribe(news, begin, [...params], (_, told: unknown) => listener(told));
      return () => void Promise.resolve(forLibrary.unsubscribe(news, end, name)).catch(() => undefined);
    },
    leave: (reason) => transport.leave(reason),
    endpoints,
    endpoint: () => transport.endpoint(),
    close() {
      if (isClosed) return;
      isClosed = true;
      closing.abort(new MillraceError('ABORTED', 'The client of the chain is closed'));
      void api.disconnect().catch(() => undefined);
      setState('disconnected');
    },
  };
}

/** For what knows no signal: it goes on by itself, and nobody hears of it. */
function orAbort<T>(work: Promise<T>, what: string, signals: readonly AbortSignal[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = signals.find((signal) => signal.aborted);
    if (ended !== undefined) {
      reject(reasonOf(ended, what));
      return;
    }
    const ends = signals.map((signal) => {
      const onAbort = (): void => reject(reasonOf(signal, what));
      signal.addEventListener('abort', onAbort, { once: true });
      return () => signal.removeEventListener('abort', onAbort);
    });
    work.then(resolve, reject).finally(() => ends.forEach((end) => end()));
  });
}

function reasonOf(signal: AbortSignal, what: string): Error {
  const { reason } = signal as { readonly reason: unknown };
  return reason instanceof MillraceError ? reason : abortedBy(signal, what);
}
