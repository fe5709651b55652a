import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { identify } from '@libp2p/identify';
import type { Libp2p, MultiaddrConnection, PeerDiscovery } from '@libp2p/interface';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { tcp } from '@libp2p/tcp';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import type { NodeComponents } from './dht/guarded-components.ts';
import { PeerMemory } from './dht/peer-memory.ts';
import { ProviderRecords } from './dht/provider-records.ts';
import { joinedWrites } from './joined-writes.ts';
import * as limits from './limits.ts';
import { noiseCrypto } from './noise-crypto.ts';
import { isDialled, isLoopback, relayedAddress } from './peer-address.ts';
import { hostKey } from './reach/host-key.ts';
import { ownPorts } from './reach/own-ports.ts';
import type { Reach } from './reach/reach.ts';
import { reachServices } from './reach/reach-services.ts';

export interface Libp2pNodeOptions {
  /** Multiaddr without a peer id. */
  readonly listenAddress: string;
  readonly seed: Uint8Array;
  readonly warn: (message: string) => void;
  readonly asksLocally: boolean;
}

export interface Libp2pNode {
  readonly node: Libp2p;
  readonly providers: ProviderRecords;
  /** `null` for a node that listens on the machine itself only: nobody else shall reach it. */
  readonly reach: Reach | null;
}

/** A libp2p node with all its limits, not started yet. */
export async function createLibp2pNode(options: Libp2pNodeOptions): Promise<Libp2pNode> {
  const { listenAddress, seed, warn } = options;
  const isLocal = isLoopback(multiaddr(listenAddress));
  const crypto = noiseCrypto();
  const privateKey = await generateKeyPairFromSeed('Ed25519', seed);
  const ownId = peerIdFromPrivateKey(privateKey);
  let providers: ProviderRecords | null = null;
  const parts = isLocal
    ? null
    : reachServices({
        ...{ ownId: ownId.toString(), asksLocally: options.asksLocally, warn },
        servesRecords: async (serves) => providers?.serve(serves),
      });
  const sockets = tcp({ maxConnections: limits.MAX_CONNECTIONS });
  const node: Libp2p = await createLibp2p({
    start: false,
    privateKey,
    datastore: new PeerMemory(`/peers/${ownId.toCID().toString()}`),
    connectionGater: {
      denyDialMultiaddr: (address) => !isDialled(address) && relayedAddress(address) === null,
      denyInboundConnection: (connection) => hasTooMany(node, connection),
    },
    addresses: { listen: [listenAddress], announceFilter: withoutLoopback },
    transports: parts === null ? [sockets] : [ownPorts(sockets, parts.dialled), parts.transport],
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
      providers: (components: NodeComponents) => {
        providers = new ProviderRecords(components, { allowLoopback: isLocal });
        return providers;
      },
      ...parts?.services,
    },
    nodeInfo: { name: 'millrace' },
  });
  const services = node.services as {
    readonly providers: ProviderRecords;
    readonly reach?: Reach;
    readonly neighbours?: PeerDiscovery;
  };
  const { reach } = services;
  if (reach !== undefined) services.neighbours?.addEventListener('peer', reach.met);
  return { node, providers: services.providers, reach: reach ?? null };
}

/** What others could not use, unless there is nothing else. */
function withoutLoopback(addresses: Multiaddr[]): Multiaddr[] {
  const others = addresses.filter((address) => !isLoopback(address));
  return others.length > 0 ? others : addresses;
}

/** Names are free, hosts are not. */
function hasTooMany(node: Libp2p, { remoteAddr }: MultiaddrConnection): boolean {
  if (isLoopback(remoteAddr)) return false;
  const host = hostKey(remoteAddr);
  const ofHost = node
    .getConnections()
    .filter(
      ({ direction, direct, remoteAddr: address }) => direction === 'inbound' && direct && hostKey(address) === host,
    );
  return ofHost.length >= limits.MAX_INBOUND_PER_HOST;
}
