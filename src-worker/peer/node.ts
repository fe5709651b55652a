import type { Connection, Libp2p, Stream } from '@libp2p/interface';
import { MillraceError, errorMessage } from '#protocol/errors.ts';
import type { StreamProtocol } from '#protocol/peer/stream-protocol.ts';
import { ALSO_RELAYED, connectTo } from './connect.ts';
import { withDeadline } from '#protocol/deadline.ts';
import type { ProviderRecords } from './dht/provider-records.ts';
import { InboundCount } from './inbound-count.ts';
import { createLibp2pNode, type Libp2pNode } from './libp2p-node.ts';
import * as limits from './limits.ts';
import type { OpenOptions, Peer, StreamHandler } from './peer.ts';
import { isLoopback, type PeerAddress, parsePeerAddress } from './peer-address.ts';
import { PeerStream } from './peer-stream.ts';
import { isPublic } from './reach/announced-address.ts';
import type { Reach } from './reach/reach.ts';
import { Slots } from './slots.ts';

export interface StartPeerOptions {
  /** Multiaddr without a peer id, e.g. `/ip4/127.0.0.1/tcp/0`. */
  readonly listenAddress: string;
  /** 32 bytes from which the peer id follows; see loadPeerSeed. */
  readonly seed: Uint8Array;
  /** Told when a handler fails in a way that is not the remote peer's doing. */
  readonly warn: (message: string) => void;
  /** Whether peers of the local network are sought by mDNS, and told of this node; never when it listens on the machine itself only. */
  readonly asksLocally?: boolean | undefined;
  /** Gives up the start; afterwards `stop()` ends the node. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws MillraceError PORT_IN_USE when the address is taken, USAGE when it is none that this machine can listen on */
export async function startPeer(options: StartPeerOptions): Promise<Peer> {
  const { listenAddress, seed, warn, signal } = options;
  const made = await createLibp2pNode({ listenAddress, seed, warn, asksLocally: options.asksLocally ?? true }).catch(
    (cause: unknown) => {
      throw new MillraceError('USAGE', `Not an address to listen on: ${listenAddress}`, { cause });
    },
  );
  const { node } = made;
  try {
    signal?.throwIfAborted();
    await node.start();
    signal?.throwIfAborted();
  } catch (cause) {
    await node.stop();
    throw startFailure(listenAddress, cause, signal);
  }
  return new Libp2pPeer(made, warn);
}

function startFailure(listenAddress: string, cause: unknown, signal: AbortSignal | undefined): MillraceError {
  if (signal?.aborted === true) return new MillraceError('ABORTED', 'Stopped while starting', { cause });
  const message = errorMessage(cause);
  if (message.includes('EADDRINUSE')) {
    return new MillraceError('PORT_IN_USE', `Another program listens on ${listenAddress}`, { cause });
  }
  return new MillraceError('USAGE', `Cannot listen on ${listenAddress}: ${message}`, { cause });
}

/** A peer whose only address is of that kind has found no relay yet, or there is none. */
const LOCAL_HINT = ' (reachable only in its own network: no public address, no relay)';

const isLanOnly = ({ multiaddr, relayId }: PeerAddress): boolean =>
  relayId === null && !isPublic(multiaddr) && !isLoopback(multiaddr);

/** Failures to open a stream that come from a living peer, or from our own limit: a new connection would not change them. */
const ANSWERS = new Set(['UnsupportedProtocolError', 'TooManyOutboundProtocolStreamsError']);

export class Libp2pPeer implements Peer {
  readonly peerId: string;
  readonly reachesOut: boolean;
  readonly providers: ProviderRecords;
  readonly #node: Libp2p;
  readonly #reach: Reach | null;
  readonly #warn: (message: string) => void;
  readonly #outbound = new Map<string, Slots>();

  constructor({ node, providers, reach }: Libp2pNode, warn: (message: string) => void) {
    this.#node = node;
    this.providers = providers;
    this.#reach = reach;
    this.reachesOut = reach !== null;
    this.#warn = warn;
    this.peerId = node.peerId.toString();
  }

  addresses(): readonly string[] {
    return this.#node.getMultiaddrs().map((address) => address.toString());
  }

  address(): string | null {
    return this.#reach === null ? (this.addresses()[0] ?? null) : this.#reach.address();
  }

  onAddress(listener: (address: string) => void): () => void {
    return this.#reach?.onAddress(listener) ?? (() => undefined);
  }

  introduce(addresses: readonly string[]): void {
    this.#reach?.introduce(addresses);
  }

  async handle(protocol: StreamProtocol, handler: StreamHandler, options: OpenOptions = {}): Promise<void> {
    const open = new InboundCount(protocol);
    const serve = async (stream: Stream, connection: Connection): Promise<void> => {
      const remotePeerId = connection.remotePeer.toString();
      const leave = open.enter(remotePeerId);
      if (leave === null) {
        stream.abort(new Error('Too many streams'));
        return;
      }
      const peerStream = wrap(stream, connection, options);
      // The place is free when the stream is really gone, not already when the handler has done its part.
      void peerStream.closed.then(leave);
      await this.#serve(protocol, peerStream, handler);
    };
    await this.#node.handle(protocol.id, serve, {
      // Own counting is by peer, over all its connections; these count by connection, and must not get in its way.
      maxInboundStreams: protocol.maxInboundPerPeer + 1,
      maxOutboundStreams: protocol.maxOutboundPerPeer + 1,
      ...ALSO_RELAYED,
    });
  }

  async #serve(protocol: StreamProtocol, stream: PeerStream, handler: StreamHandler): Promise<void> {
    const life = setTimeout(() => {
      stream.abort(new MillraceError('TIMEOUT', `${protocol.id}: stream open for too long`));
    }, limits.INBOUND_STREAM_LIFE_MS);
    try {
      await handler(stream);
      await stream.end();
      stream.release();
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error(String(error)));
      // What a peer does wrong is its own affair and no reason to fill a log.
      if (!(error instanceof MillraceError)) this.#warn(`${protocol.id} failed: ${errorMessage(error)}`);
    } finally {
      clearTimeout(life);
    }
  }

  async open(protocol: StreamProtocol, address: string, options: OpenOptions = {}): Promise<PeerStream> {
    const target = parsePeerAddress(address);
    const free = await this.#slots(protocol).take(target.peerId, options.signal);
    try {
      const deadline = { what: `Reaching ${address}`, timeoutMs: limits.DIAL_TIMEOUT_MS, signal: options.signal };
      const stream = await withDeadline(deadline, (signal) => this.#dial(protocol, target, { ...options, signal }));
      void stream.closed.then(free);
      return stream;
    } catch (cause) {
      free();
      if (cause instanceof MillraceError) throw cause;
      // libp2p sometimes throws the event that ended a connection.
      const why = cause instanceof Error ? cause.message : 'the connection broke';
      const hint = isLanOnly(target) ? LOCAL_HINT : '';
      throw new MillraceError('PEER_UNREACHABLE', `Cannot reach ${address}${hint}: ${why}`, { cause });
    }
  }

  async #dial(
    protocol: StreamProtocol,
    address: PeerAddress,
    options: OpenOptions & { readonly signal: AbortSignal },
    force = false,
  ): Promise<PeerStream> {
    const { signal } = options;
    const before = this.#node.getConnections();
    const placeOf = (relayId: string) => this.#reach?.placeOf(relayId) ?? null;
    const connection = await connectTo(this.#node, address, { signal, force, placeOf });
    try {
      const limit = { maxOutboundStreams: protocol.maxOutboundPerPeer + 1 };
      return wrap(await connection.newStream(protocol.id, { signal, ...limit, ...ALSO_RELAYED }), connection, options);
    } catch (error) {
      // A connection to a peer that has restarted shows that it is dead only when it is used: then a new one is due.
      const isOld = before.includes(connection);
      if (!isOld || signal.aborted || (error instanceof Error && ANSWERS.has(error.name))) throw error;
      return this.#dial(protocol, address, options, true);
    }
  }

  #slots(protocol: StreamProtocol): Slots {
    const known = this.#outbound.get(protocol.id);
    if (known !== undefined) return known;
    const slots = new Slots(protocol.maxOutboundPerPeer);
    this.#outbound.set(protocol.id, slots);
    return slots;
  }

  peerCount(): number {
    return this.#node.getPeers().length;
  }

  onPeerCount(listener: (count: number) => void): () => void {
    const tell = (): void => listener(this.peerCount());
    this.#node.addEventListener('peer:connect', tell);
    this.#node.addEventListener('peer:disconnect', tell);
    return () => {
      this.#node.removeEventListener('peer:connect', tell);
      this.#node.removeEventListener('peer:disconnect', tell);
    };
  }

  async stop(): Promise<void> {
    // Without waiting for the other ends to say goodbye: they may be gone, or stopping at the same moment.
    for (const connection of this.#node.getConnections()) connection.abort(new Error('This node stops'));
    await this.#node.stop();
  }
}

const wrap = (stream: Stream, connection: Connection, { stallTimeoutMs }: OpenOptions): PeerStream =>
  new PeerStream(stream, {
    remotePeerId: connection.remotePeer.toString(),
    remoteAddress: connection.remoteAddr.toString(),
    stallTimeoutMs: stallTimeoutMs ?? limits.STALL_TIMEOUT_MS,
    closeGraceMs: limits.CLOSE_GRACE_MS,
  });
