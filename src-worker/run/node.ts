import { join } from 'node:path';
import { WebSocket } from 'ws';
import type { ChainClient } from '#protocol/chain/chain-client.ts';
import { createSubtensorClient } from '#protocol/chain/subtensor/subtensor-client.ts';
import { MillraceError } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { hotkeyOf, type KeyPair } from '#protocol/keys.ts';
import { type BlobStore, DEFAULT_BLOB_QUOTA_BYTES, openBlobStore } from '../blobs/blob-store.ts';
import { fetchInto } from '../blobs/fetch-blob.ts';
import { serveBlobs } from '../blobs/serve-blobs.ts';
import { FairRate, type RateCaps } from '../peer/fair-rate.ts';
import { startPeer } from '../peer/node.ts';
import type { Peer } from '../peer/peer.ts';
import { loadPeerSeed } from '../peer/peer-key.ts';
import type { BlobSource } from './blob-source.ts';
import { type BlockClock, createBlockClock } from './block-clock.ts';
import { followMembers } from './follow-members.ts';
import { createBlobProvider, isTeller } from './provide-blobs.ts';
import { createShunnedPeers } from './shunned-peers.ts';

/** What worker and validator have in common: a link to the chain, a place among the peers, a blob store. */
export interface RunNode {
  readonly chain: ChainClient;
  readonly clock: BlockClock;
  readonly peer: Peer;
  readonly store: BlobStore;
  readonly blobs: BlobSource;
  /** Blobs that were put or fetched since the last call. */
  readonly takeTouched: () => readonly BlobHash[];
  readonly put: (bytes: Uint8Array) => Promise<BlobHash>;
  /** A put of which nobody is told in the DHT. */
  readonly keep: (bytes: Uint8Array) => Promise<BlobHash>;
  /** A put that does not count among the touched: whoever wants it to stay pins it. */
  readonly share: (bytes: Uint8Array) => Promise<BlobHash>;
  readonly address: () => string;
  /** Bytes of blobs that came from others and went to them since the start. */
  readonly traffic: () => { readonly inBytes: number; readonly outBytes: number };
  readonly stop: () => Promise<void>;
}

export interface RunNodeOptions {
  readonly chainUrl: string;
  /** See WorkerStart. */
  readonly chainFallbackUrls?: readonly string[] | undefined;
  readonly genesisHash?: string | undefined;
  /** Instead of `genesisHash`: see ConnectionOptions. */
  readonly checkGenesis?: ((genesisHash: string) => string | null) | undefined;
  readonly dataDir: string;
  readonly listenAddress: string;
  readonly hotkey: KeyPair;
  /** Whose members this node gets to know; absent: it finds whom it is told. */
  readonly netuid?: number | undefined;
  /** Addresses of peers to begin with, beside those that the chain has. */
  readonly bootstrap?: readonly string[] | undefined;
  readonly warn: (message: string) => void;
  /** What all blobs together may take on the disk; a sensible default otherwise. */
  readonly blobQuotaBytes?: number | undefined;
  /** `false` for a node that will soon be gone: others are not told which blobs it has. */
  readonly provides?: boolean | undefined;
  /** What blobs may take of the line, to others and from others; without caps as much as it gives. */
  readonly outbound?: RateCaps | undefined;
  readonly inbound?: RateCaps | undefined;
}

export async function startRunNode(options: RunNodeOptions): Promise<RunNode> {
  const { dataDir, warn } = options;
  const store = await openBlobStore({
    ...{ folder: join(dataDir, 'blobs'), warn },
    quotaBytes: options.blobQuotaBytes ?? DEFAULT_BLOB_QUOTA_BYTES,
  });
  const peer = await startPeer({
    listenAddress: options.listenAddress,
    seed: await loadPeerSeed({ dataDir, warn }),
    warn,
  });
  let [inBytes, outBytes] = [0, 0];
  await serveBlobs(peer, store, { caps: options.outbound ?? {}, onSent: (bytes) => void (outBytes += bytes) });
  const inbound = new FairRate(options.inbound ?? {});
  const { chainUrl, chainFallbackUrls = [], genesisHash = null } = options;
  const chain = createSubtensorClient({
    ...{ endpoints: [chainUrl, ...chainFallbackUrls], webSocket: WebSocket, warn },
    checkGenesis:
      options.checkGenesis ??
      ((found) => (genesisHash === null || found === genesisHash ? null : 'another chain answers there')),
  });
  const clock = createBlockClock(chain);
  const stopping = new AbortController();
  const { netuid, bootstrap = [] } = options;
  if (netuid !== undefined && peer.reachesOut) {
    const own = hotkeyOf(options.hotkey);
    void followMembers({ chain, clock, netuid, own, peer, bootstrap, warn }, stopping.signal);
  }
  const provider = createBlobProvider({ providers: peer.providers, has: (hash) => store.has(hash), warn });
  const touched = new Set<BlobHash>();
  /** Those who sent wrong bytes, or nothing in time, and no right ones since: asked last, as long as others may have the blob. */
  const shunned = createShunnedPeers(() => performance.now());

  const blobs: BlobSource = {
    async get(hash, { from, onlyFrom = false, maxBytes, signal }) {
      const { sources } = await fetchInto(store, {
        ...{ peer, hash, maxBytes, signal, inbound },
        findMore: onlyFrom ? undefined : (searching) => peer.providers.find(hash, searching),
        sources: from.toSorted((a, b) => Number(shunned.has(a)) - Number(shunned.has(b))),
        onFailure: ({ address, code, message }) => {
          if (code !== 'BLOB_MISSING') shunned.add(address);
          // With several asked at once, one without it is nothing to tell of; if nobody has it, the error names all.
          if (code !== 'BLOB_MISSING') warn(`Blob ${hash.slice(0, 12)}… from ${address}: ${message}`);
        },
      });
      touched.add(hash);
      for (const address of sources) shunned.delete(address);
      // Who asks one peer alone knows that others have it.
      const tells = options.provides !== false && !onlyFrom && isTeller(hash, peer.peerId, from.length);
      if (sources.length > 0 && tells) provider.add(hash);
      const bytes = await store.get(hash);
      if (bytes === null) throw new MillraceError('BLOB_MISSING', `Blob ${hash} vanished from the own store`);
      if (sources.length > 0) inBytes += bytes.length;
      return bytes;
    },
  };

  const share = async (bytes: Uint8Array): Promise<BlobHash> => {
    const hash = await store.put(bytes);
    provider.add(hash);
    return hash;
  };

  return {
    ...{ chain, clock, peer, store, blobs },
    takeTouched: () => {
      const hashes = [...touched];
      touched.clear();
      return hashes;
    },
    share,
    async put(bytes) {
      const hash = await share(bytes);
      touched.add(hash);
      return hash;
    },
    async keep(bytes) {
      const hash = await store.put(bytes);
      touched.add(hash);
      return hash;
    },
    address: () => {
      const address = peer.address();
      if (address === null) throw new MillraceError('PEER_UNREACHABLE', 'This node listens nowhere');
      return address;
    },
    traffic: () => ({ inBytes, outBytes }),
    async stop() {
      stopping.abort();
      clock.stop();
      chain.close();
      await provider.stop();
      await peer.stop();
    },
  };
}
