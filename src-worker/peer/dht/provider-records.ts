import { setMaxListeners } from 'node:events';
import type { PeerInfo } from '@libp2p/interface';
import { type SingleKadDHT, kadDHT } from '@libp2p/kad-dht';
import type { Multiaddr } from '@multiformats/multiaddr';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import * as Digest from 'multiformats/hashes/digest';
import { sha256 } from 'multiformats/hashes/sha2';
import { fromHex } from '#protocol/bytes.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { PROVIDER_PROTOCOL, PROVIDER_REPLICATION } from '#protocol/peer/provider-protocol.ts';
import { withDeadline } from '#protocol/deadline.ts';
import { type NodeComponents, guardedComponents } from './guarded-components.ts';
import { PeerHearsay } from './peer-hearsay.ts';
import { RecordStore } from './record-store.ts';

export interface ProviderRecordsOptions {
  /** Whether this node listens only on the machine itself. */
  readonly allowLoopback: boolean;
  readonly nowMs?: () => number;
}

const PROVIDE_TIMEOUT_MS = 20_000;
const FIND_TIMEOUT_MS = 10_000;
/** For each node that is asked on the way. */
const ANSWER_TIMEOUT_MS = 3_000;
/** Addresses of one provider that are tried. */
const ADDRESSES_OF_A_PROVIDER = 2;
/** Nodes asked at the same time, on as many ways as there are places in line. */
const AT_ONCE = 3;
/** New nodes that wait to be looked at; more are left out. */
const MAX_WAITING = 256;
/** The library would announce anew by itself; here whoever has the blobs does that (the longest timer that there is). */
const NEVER_MS = 2 ** 31 - 1;

/** The library's type leaves these out. */
interface RunningDht extends SingleKadDHT {
  start(): Promise<void>;
  stop(): Promise<void>;
  addEventListener(name: 'peer', listener: (event: CustomEvent<PeerInfo>) => void): void;
}

/** A service for libp2p: says in the DHT which blobs this node has, and finds out who else has one. */
export class ProviderRecords {
  readonly records: RecordStore;
  readonly #dht: RunningDht;
  readonly #hearsay: PeerHearsay;
  readonly #ownId: string;

  constructor(node: NodeComponents, { allowLoopback, nowMs = () => performance.now() }: ProviderRecordsOptions) {
    this.#ownId = node.peerId.toString();
    this.records = new RecordStore({ ownPeerId: this.#ownId, nowMs });
    this.#hearsay = new PeerHearsay({ ownId: node.peerId, peerStore: node.peerStore, allowLoopback, nowMs });
    const guards = { records: this.records, hearsay: this.#hearsay, nowMs };
    const timeout = { minTimeout: ANSWER_TIMEOUT_MS, maxTimeout: ANSWER_TIMEOUT_MS };
    const dht = kadDHT({
      protocol: PROVIDER_PROTOCOL.id,
      clientMode: false,
      kBucketSize: PROVIDER_REPLICATION,
      alpha: AT_ONCE,
      allowQueryWithZeroPeers: true,
      peerInfoMapper: ({ id, multiaddrs }) => ({ id, multiaddrs: this.#hearsay.usable(multiaddrs) }),
      networkDialTimeout: timeout,
      pingNewContactTimeout: timeout,
      pingOldContactTimeout: timeout,
      onPeerConnectTimeout: ANSWER_TIMEOUT_MS,
      routingTableUpdateQueueConcurrency: 4,
      routingTableUpdateMaxQueueSize: MAX_WAITING,
      maxInboundStreams: PROVIDER_PROTOCOL.maxInboundPerPeer + 1,
      maxOutboundStreams: PROVIDER_PROTOCOL.maxOutboundPerPeer + 1,
      reprovide: { interval: NEVER_MS },
    })(guardedComponents(node, guards));
    this.#dht = dht as RunningDht;
    this.#dht.addEventListener('peer', ({ detail }) => void this.#hearsay.note(detail));
  }

  /** Nodes of the DHT that this one knows and found alive. */
  get nodeCount(): number {
    return this.#dht.routingTable.size;
  }

  async start(): Promise<void> {
    await this.#dht.start();
  }

  async stop(): Promise<void> {
    await this.#dht.stop();
  }

  /** Whether this node keeps records and answers questions: only one that others can reach should. */
  async serve(serves: boolean): Promise<void> {
    await this.#dht.setMode(serves ? 'server' : 'client');
  }

  /**
   * Tells the nodes nearest to the hash that this node has the blob; resolves with how many were told.
   * @throws MillraceError TIMEOUT, ABORTED
   */
  async provide(hash: BlobHash, signal?: AbortSignal): Promise<number> {
    const deadline = { what: `Telling who has ${hash}`, timeoutMs: PROVIDE_TIMEOUT_MS, signal };
    return withDeadline(deadline, async (limit) => {
      setMaxListeners(0, limit);
      let told = 0;
      for await (const event of this.#dht.provide(cidOf(hash), { signal: limit })) {
        if (event.name === 'PEER_RESPONSE' && event.messageName === 'ADD_PROVIDER') told += 1;
      }
      limit.throwIfAborted();
      return told;
    });
  }

  /** From now on this node does not say any more that it has the blob. What others keep is forgotten in time. */
  async forget(hash: BlobHash): Promise<void> {
    await this.#dht.cancelReprovide(cidOf(hash));
  }

  /** Addresses of those who are said to have the blob, as they are found, in bounded number and time. Never throws: they are hints. */
  async *find(hash: BlobHash, signal?: AbortSignal): AsyncGenerator<string> {
    const limit = new AbortController();
    setMaxListeners(0, limit.signal);
    const stop = (): void => limit.abort();
    const timer = setTimeout(stop, FIND_TIMEOUT_MS);
    signal?.addEventListener('abort', stop, { once: true });
    const found = new Set<string>();
    try {
      if (signal?.aborted === true) return;
      for await (const event of this.#dht.findProviders(cidOf(hash), { signal: limit.signal })) {
        if (event.name !== 'PROVIDER') continue;
        for (const { id, multiaddrs } of event.providers) {
          const provider = id.toString();
          if (provider === this.#ownId || found.has(provider) || found.size >= PROVIDER_REPLICATION) continue;
          found.add(provider);
          const usable = this.#hearsay.usable(multiaddrs).slice(0, ADDRESSES_OF_A_PROVIDER);
          for (const address of usable) yield withPeerId(address, provider);
        }
        if (found.size >= PROVIDER_REPLICATION) return;
      }
    } catch {
      // Out of time, or nobody there: what was found until now is all there is.
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      limit.abort();
    }
  }
}

const cidOf = (hash: BlobHash): CID => CID.createV1(raw.code, Digest.create(sha256.code, fromHex(hash)));

function withPeerId(address: Multiaddr, peerId: string): string {
  const [host, port] = address.getComponents();
  return `/${host?.name ?? ''}/${host?.value ?? ''}/tcp/${port?.value ?? ''}/p2p/${peerId}`;
}
