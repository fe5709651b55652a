import type { Connection, Peer, PeerId, Stream } from '@libp2p/interface';
import type { KadDHTComponents } from '@libp2p/kad-dht';
import { MAX_PROVIDER_STREAM_BYTES, PROVIDER_PROTOCOL } from '#protocol/peer/provider-protocol.ts';
import { InboundCount } from '../inbound-count.ts';
import { RateLimit } from '../rate-limit.ts';
import type { PeerHearsay } from './peer-hearsay.ts';
import type { RecordStore } from './record-store.ts';

/** Streams that one peer may open in a minute, each for one message: a small run's whole traffic in its busiest minute. */
const MAX_STREAMS_A_MINUTE = 1200;
/**
 * Of all peers together. The library holds on to each stream for ten seconds, also when it has ended (a time limit of its own, which
 * it does not let us set): 2000 of them at most, about 30 MB.
 */
const MAX_STREAMS_A_MINUTE_IN_ALL = 12_000;
const MINUTE_MS = 60_000;
/** Of a stream, whatever happens on it: one message and its answer. */
const STREAM_LIFE_MS = 15_000;

type InboundHandler = Parameters<KadDHTComponents['registrar']['handle']>[1];

/** What a node has for the DHT; it pings in its own way. */
export type NodeComponents = Omit<KadDHTComponents, 'ping'>;

export interface Guards {
  readonly records: RecordStore;
  readonly hearsay: PeerHearsay;
  readonly nowMs: () => number;
}

/**
 * The node as the DHT sees it. The library bounds neither the length of a message nor what it remembers; this does: it counts
 * bytes and streams, keeps records within limits, and lets addresses pass only as `PeerHearsay` takes them.
 */
export function guardedComponents(node: NodeComponents, { records, hearsay, nowMs }: Guards): KadDHTComponents {
  const { registrar, connectionManager, peerStore } = node;
  const open = new InboundCount(PROVIDER_PROTOCOL);
  const rate = new RateLimit(MAX_STREAMS_A_MINUTE, MINUTE_MS);
  const rateInAll = new RateLimit(MAX_STREAMS_A_MINUTE_IN_ALL, MINUTE_MS);

  const guarded =
    (handler: InboundHandler): InboundHandler =>
    async (stream: Stream, connection: Connection) => {
      const peerId = connection.remotePeer.toString();
      const isAllowed = rate.allow(peerId, nowMs()) && rateInAll.allow('', nowMs());
      const leave = isAllowed ? open.enter(peerId) : null;
      if (leave === null) {
        stream.abort(new Error('Too many streams'));
        return;
      }
      stream.addEventListener('close', leave, { once: true });
      bound(stream);
      try {
        await handler(stream, connection);
      } catch (error) {
        // What a peer does wrong is its own affair.
        stream.abort(error instanceof Error ? error : new Error(String(error)));
      }
    };

  const openStream: typeof connectionManager.openStream = async (peer, protocol, options) => {
    if (isPeerId(peer)) await hearsay.noted(peer);
    const stream = await connectionManager.openStream(peer, protocol, options);
    bound(stream);
    return stream;
  };

  return {
    peerId: node.peerId,
    privateKey: node.privateKey,
    addressManager: node.addressManager,
    events: node.events,
    logger: node.logger,
    datastore: records,
    registrar: Object.assign(forwarding(registrar, ['register', 'unregister', 'unhandle']), {
      handle: (protocol: string, handler: InboundHandler, options?: object) =>
        registrar.handle(protocol, guarded(handler), options),
    }),
    connectionManager: Object.assign(forwarding(connectionManager, ['isDialable']), { openStream }),
    peerStore: Object.assign(forwarding(peerStore, ['all']), {
      /** Whom it has forgotten is somebody without addresses: one of them must not spoil an answer about many. */
      get: (id: PeerId) => peerStore.get(id).catch((): Peer => nobody(id)),
      getInfo: (id: PeerId) => peerStore.getInfo(id).catch(() => ({ id, multiaddrs: [] })),
      merge: async (id: PeerId, data: Parameters<typeof peerStore.merge>[1]) => {
        const { multiaddrs, ...rest } = data;
        if (multiaddrs !== undefined) await hearsay.note({ id, multiaddrs });
        return Object.keys(rest).length > 0 ? peerStore.merge(id, rest) : peerStore.get(id).catch(() => nobody(id));
      },
    }),
    /** A peer that takes a stream of this protocol is alive, and one of ours. */
    ping: {
      async ping(peer, options) {
        const startMs = performance.now();
        const stream = await openStream(peer, PROVIDER_PROTOCOL.id, options);
        stream
          .close()
          .catch((error: unknown) => stream.abort(error instanceof Error ? error : new Error('Not closed')));
        return performance.now() - startMs;
      },
    },
  };
}

/** The named methods of a component, with nothing else of it. */
function forwarding<T extends object>(component: T, names: readonly (keyof T & string)[]): T {
  const methods = names.map((name) => {
    const method = component[name];
    return [name, typeof method === 'function' ? (method.bind(component) as unknown) : method];
  });
  return Object.fromEntries(methods) as T;
}

const isPeerId = (peer: unknown): peer is PeerId => typeof peer === 'object' && peer !== null && 'toMultihash' in peer;

const nobody = (id: PeerId): Peer => ({ id, addresses: [], protocols: [], metadata: new Map(), tags: new Map() });

function bound(stream: Stream): void {
  let receivedBytes = 0;
  stream.addEventListener('message', ({ data }) => {
    receivedBytes += data.byteLength;
    if (receivedBytes > MAX_PROVIDER_STREAM_BYTES) stream.abort(new Error('More bytes than any message has'));
  });
  const life = setTimeout(() => stream.abort(new Error('The stream was open for too long')), STREAM_LIFE_MS);
  stream.addEventListener('close', () => clearTimeout(life), { once: true });
}
