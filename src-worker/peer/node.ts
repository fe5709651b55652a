import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { identify } from '@libp2p/identify';
import type { Connection, Libp2p, Stream } from '@libp2p/interface';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { tcp } from '@libp2p/tcp';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { MillraceError, errorMessage } from '#protocol/errors.ts';
import type { StreamProtocol } from '#protocol/peer/stream-protocol.ts';
import { withDeadline } from './deadline.ts';
import type { NodeComponents } from './dht/guarded-components.ts';
import { PeerMemory } from './dht/peer-memory.ts';
import { ProviderRecords } from './dht/provider-records.ts';
import { InboundCount } from './inbound-count.ts';
import { joinedWrites } from './joined-writes.ts';
import * as limits from './limits.ts';
import { noiseCrypto } from './noise-crypto.ts';
import type { OpenOptions, Peer, StreamHandler } from './peer.ts';
import { isDialled, isLoopback, parsePeerAddress } from './peer-address.ts';
import { PeerStream } from './peer-stream.ts';
import { Slots } from './slots.ts';

export interface StartPeerOptions {
  /** Multiaddr without a peer id, e.g. `/ip4/127.0.0.1/tcp/0`. */
  readonly listenAddress: string;
  /** 32 bytes from which the peer id follows; see loadPeerSeed. */
  readonly seed: Uint8Array;
  /** Told when a handler fails in a way that is not the remote peer's doing. */
  readonly warn: (message: string) => void;
  /** Gives up the start; afterwards `stop()` ends the node. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws MillraceError PORT_IN_USE when the address is taken, USAGE when it is none that this machine can listen on */
export async function startPeer({ listenAddress, seed, warn, signal }: StartPeerOptions): Promise<Peer> {
  const crypto = noiseCrypto();
  const privateKey = await generateKeyPairFromSeed('Ed25519', seed);
  const node = await createLibp2p({
    start: false,
    privateKey,
    datastore: new PeerMemory(`/peers/${peerIdFromPrivateKey(privateKey).toCID().toString()}`),
    connectionGater: { denyDialMultiaddr: (address) => !isDialled(address) },
    addresses: { listen: [listenAddress] },
    transports: [tcp({ maxConnections: limits.MAX_CONNECTIONS })],
    connectionEncrypters: [joinedWrites(noise(crypto === undefined ? {} : { crypto }))],
    streamMuxers: [
      yamux({
        maxInboundStreams: limits.MAX_INBOUND_STREAMS_PER_CONNECTION,
        streamOptions: {
          initialStreamWindowSize: limits.STREAM_WINDOW_BYTES,
          maxStreamWindowSize: limits.STREAM_WINDOW_BYTES,
          maxReadBufferLength: limits.STREAM_WINDOW_BYTES,
        },
      }),
    ],
    connectionManager: {
      maxConnections: limits.MAX_CONNECTIONS,
      inboundConnectionThreshold: limits.MAX_INBOUND_PER_HOST_PER_SECOND,
      maxIncomingPendingConnections: limits.MAX_INBOUND_PENDING,
      dialTimeout: limits.DIAL_TIMEOUT_MS,
      inboundUpgradeTimeout: limits.UPGRADE_TIMEOUT_MS,
    },
    connectionMonitor: {
      pingInterval: limits.PING_INTERVAL_MS,
      pingTimeout: { minTimeout: limits.PING_TIMEOUT_MS },
    },
    services: {
      identify: identify(),
      providers: (components: NodeComponents) =>
        new ProviderRecords(components, { allowLoopback: isLoopback(multiaddr(listenAddress)) }),
    },
    nodeInfo: { name: 'millrace' },
  }).catch((cause: unknown) => {
    throw new MillraceError('USAGE', `Not an address to listen on: ${listenAddress}`, { cause });
  });
  try {
    signal?.throwIfAborted();
    await node.start();
    signal?.throwIfAborted();
  } catch (cause) {
    await node.stop();
    throw startFailure(listenAddress, cause, signal);
  }
  return new Libp2pPeer(node, warn);
}

function startFailure(listenAddress: string, cause: unknown, signal: AbortSignal | undefined): MillraceError {
  if (signal?.aborted === true) return new MillraceError('ABORTED', 'Stopped while starting', { cause });
  const message = errorMessage(cause);
  if (message.includes('EADDRINUSE')) {
    return new MillraceError('PORT_IN_USE', `Another program listens on ${listenAddress}`, { cause });
  }
  return new MillraceError('USAGE', `Cannot listen on ${listenAddress}: ${message}`, { cause });
}

/** Failures to open a stream that come from a living peer, or from our own limit: a new connection would not change them. */
const ANSWERS = new Set(['UnsupportedProtocolError', 'TooManyOutboundProtocolStreamsError']);

class Libp2pPeer implements Peer {
  readonly peerId: string;
  readonly providers: ProviderRecords;
  readonly #node: Libp2p;
  readonly #warn: (message: string) => void;
  readonly #outbound = new Map<string, Slots>();

  constructor(node: Libp2p<{ readonly providers: ProviderRecords }>, warn: (message: string) => void) {
    this.#node = node;
    this.providers = node.services.providers;
    this.#warn = warn;
    this.peerId = node.peerId.toString();
  }

  addresses(): readonly string[] {
    return this.#node.getMultiaddrs().map((address) => address.toString());
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
    const { multiaddr, peerId } = parsePeerAddress(address);
    const free = await this.#slots(protocol).take(peerId, options.signal);
    try {
      const deadline = { what: `Reaching ${address}`, timeoutMs: limits.DIAL_TIMEOUT_MS, signal: options.signal };
      const stream = await withDeadline(deadline, (signal) => this.#dial(protocol, multiaddr, { ...options, signal }));
      void stream.closed.then(free);
      return stream;
    } catch (cause) {
      free();
      if (cause instanceof MillraceError) throw cause;
      // libp2p sometimes throws the event that ended a connection.
      const why = cause instanceof Error ? cause.message : 'the connection broke';
      throw new MillraceError('PEER_UNREACHABLE', `Cannot reach ${address}: ${why}`, { cause });
    }
  }

  async #dial(
    protocol: StreamProtocol,
    address: Multiaddr,
    options: OpenOptions & { readonly signal: AbortSignal },
    force = false,
  ): Promise<PeerStream> {
    const { signal } = options;
    const before = this.#node.getConnections();
    const connection = await this.#node.dial(address, { signal, force });
    try {
      const limit = { maxOutboundStreams: protocol.maxOutboundPerPeer + 1 };
      return wrap(await connection.newStream(protocol.id, { signal, ...limit }), connection, options);
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
