import type { StreamProtocol } from '#protocol/peer/stream-protocol.ts';
import type { ProviderRecords } from './dht/provider-records.ts';
import type { PeerStream } from './peer-stream.ts';

/** Serves one inbound stream. What it throws resets the stream; when it returns, the stream is closed. */
export type StreamHandler = (stream: PeerStream) => Promise<void>;

export interface OpenOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long nothing may move on the stream; a sensible default otherwise. */
  readonly stallTimeoutMs?: number | undefined;
}

/** This machine's node in the peer-to-peer network. */
export interface Peer {
  readonly peerId: string;
  /** Whether it is for other machines at all: it listens not only on its own. */
  readonly reachesOut: boolean;
  /** Who has which blob, as the peers tell each other. */
  readonly providers: ProviderRecords;
  /** Where others reach this node, each `/ip4/…/tcp/…/p2p/PEER_ID`. */
  addresses(): readonly string[];
  /** The one that others are told: public if there is one, else through a relay, `/p2p/RELAY/p2p-circuit/p2p/PEER_ID`. */
  address(): string | null;
  /** Called with that address at every change; returns the function that ends it. */
  onAddress(listener: (address: string) => void): () => void;
  /** Who takes part in the run, and where; those first that are best asked. Relays are sought among them. */
  introduce(addresses: readonly string[]): void;
  handle(protocol: StreamProtocol, handler: StreamHandler, options?: Omit<OpenOptions, 'signal'>): Promise<void>;
  /**
   * Opens a stream, over the connection that exists or a new one; waits when as many as the protocol allows are open already.
   * The caller must `release()` or `abort()` it.
   * @throws ProtocolError for a malformed address; MillraceError PEER_UNREACHABLE, TIMEOUT or ABORTED
   */
  open(protocol: StreamProtocol, address: string, options?: OpenOptions): Promise<PeerStream>;
  /** Connected peers. */
  peerCount(): number;
  /** Called with the new count at every change; returns the function that ends it. */
  onPeerCount(listener: (count: number) => void): () => void;
  /** Closes all connections and frees the port. Safe to call twice. */
  stop(): Promise<void>;
}
