import type { PeerId, PeerInfo, PeerStore } from '@libp2p/interface';
import { CODE_P2P, type Multiaddr } from '@multiformats/multiaddr';
import { MAX_ADDRESSES_OF_A_PEER } from '#protocol/peer/provider-protocol.ts';
import { isDialled, isLoopback } from '../peer-address.ts';
import { RateLimit } from '../rate-limit.ts';

/** Peers that are new to this node and that it takes note of: what strangers can make it dial. */
const MAX_NEW_PEERS = 128;
const NEW_PEERS_WINDOW_MS = 10_000;

export interface PeerHearsayOptions {
  readonly ownId: PeerId;
  readonly peerStore: PeerStore;
  /** Whether addresses of the machine itself count: only where this node listens on no other. */
  readonly allowLoopback: boolean;
  readonly nowMs: () => number;
}

/**
 * What others say about where peers are. It is noted in small amounts, and never takes the place of what a peer says itself
 * when it is connected.
 */
export class PeerHearsay {
  readonly #options: PeerHearsayOptions;
  readonly #newPeers = new RateLimit(MAX_NEW_PEERS, NEW_PEERS_WINDOW_MS);
  readonly #noting = new Map<string, Promise<void>>();

  constructor(options: PeerHearsayOptions) {
    this.#options = options;
  }

  /** The addresses that may be dialled and passed on: not too many, those of other machines first. */
  usable(addresses: readonly Multiaddr[]): Multiaddr[] {
    const byName = new Map(
      addresses
        .filter(isDialled)
        .filter((address) => this.#options.allowLoopback || !isLoopback(address))
        .map((address) => address.decapsulateCode(CODE_P2P))
        .map((address) => [address.toString(), address]),
    );
    const ordered = [...byName.values()].toSorted((a, b) => Number(isLoopback(a)) - Number(isLoopback(b)));
    return ordered.slice(0, MAX_ADDRESSES_OF_A_PEER);
  }

  note({ id, multiaddrs }: Pick<PeerInfo, 'id' | 'multiaddrs'>): Promise<void> {
    const name = id.toString();
    const addresses = this.usable(multiaddrs);
    if (addresses.length === 0 || id.equals(this.#options.ownId)) return Promise.resolve();
    const before = this.#noting.get(name) ?? Promise.resolve();
    const noting = before
      .then(() => this.#merge(id, addresses))
      .catch(() => undefined) // hearsay that cannot be kept is no loss
      .finally(() => {
        if (this.#noting.get(name) === noting) this.#noting.delete(name);
      });
    this.#noting.set(name, noting);
    return noting;
  }

  /** Resolves when what was said about a peer until now is noted. */
  async noted(id: PeerId): Promise<void> {
    await this.#noting.get(id.toString());
  }

  async #merge(id: PeerId, addresses: readonly Multiaddr[]): Promise<void> {
    const { peerStore, nowMs } = this.#options;
    const peer = await peerStore.get(id).catch(() => null);
    if (peer === null && !this.#newPeers.allow('', nowMs())) return;
    const known = peer?.addresses.map(({ multiaddr }) => multiaddr.toString()) ?? [];
    const more = addresses.filter((address) => !known.includes(address.toString()));
    const room = Math.max(0, MAX_ADDRESSES_OF_A_PEER - known.length);
    if (more.length > 0 && room > 0) await peerStore.merge(id, { multiaddrs: more.slice(0, room) });
  }
}
