import type { AutoNATComponents } from '@libp2p/autonat';
import type { Connection, IdentifyResult, PeerId, PeerInfo } from '@libp2p/interface';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { errorMessage } from '#protocol/errors.ts';
import { isDialled, parsePeerAddress } from '../peer-address.ts';
import { RateLimit } from '../rate-limit.ts';
import { announcedAddress, forwardedPort, type Standing, standingOf } from './announced-address.ts';
import type { RelayClient } from './relay-client.ts';
import { endWhenUnused } from './relayed-connections.ts';
import { HOP_PROTOCOL, RELAYS_WANTED } from './relay-protocol.ts';
import type { RelayServer } from './relay-server.ts';
import type { Sightings } from './sightings.ts';

export interface ReachParts {
  readonly members: Map<string, string | null>;
  readonly sightings: Sightings;
  readonly relay: () => RelayServer;
  readonly client: () => RelayClient;
  /** Others ask a node for records only when they can reach it. */
  readonly servesRecords: (serves: boolean) => Promise<void>;
  readonly warn: (message: string) => void;
  readonly nowMs: () => number;
}

/** Members that a node stays connected with, so that it learns how it is seen, finds relays, and hears of others. */
const LINKS_WANTED = 4;
const LINK_TIMEOUT_MS = 10_000;
/** Peers of the local network that are dialled because they made themselves known there. */
const MAX_NEIGHBOURS_A_MINUTE = 32;
const MINUTE_MS = 60_000;

/**
 * A service for libp2p: finds out how this node can be reached, and makes it reachable. A node with a public address serves others as
 * relay and keeps records; one behind a router keeps places at relays instead.
 */
export class Reach {
  readonly #node: AutoNATComponents;
  readonly #parts: ReachParts;
  readonly #listeners = new Set<(address: string) => void>();
  readonly #neighbours = new RateLimit(MAX_NEIGHBOURS_A_MINUTE, MINUTE_MS);
  readonly #stopping = new AbortController();
  #standing: Standing = 'unknown';
  #announced: string | null = null;
  #asksForPlaces = false;
  #changing: Promise<void> = Promise.resolve();

  constructor(node: AutoNATComponents, parts: ReachParts) {
    this.#node = node;
    this.#parts = parts;
  }

  start(): void {
    const { events } = this.#node;
    events.addEventListener('peer:identify', this.#onIdentify);
    events.addEventListener('self:peer:update', this.#onChange);
    events.addEventListener('connection:open', onOpen);
    events.addEventListener('connection:close', this.#onClose);
    events.addEventListener('peer:disconnect', this.#onGone);
  }

  async stop(): Promise<void> {
    const { events } = this.#node;
    this.#stopping.abort();
    events.removeEventListener('peer:identify', this.#onIdentify);
    events.removeEventListener('self:peer:update', this.#onChange);
    events.removeEventListener('connection:open', onOpen);
    events.removeEventListener('connection:close', this.#onClose);
    events.removeEventListener('peer:disconnect', this.#onGone);
    await this.#changing;
    await this.#parts.relay().close();
  }

  /**
   * The members of the run and where they say that they are, those first that are best asked. A member without a usable address
   * counts as one all the same.
   */
  introduce(addresses: readonly string[]): void {
    const { members } = this.#parts;
    members.clear();
    for (const text of addresses) {
      const address = parsed(text);
      if (address !== null) members.set(address.peerId, address.relayId === null ? text : null);
    }
    this.#keepLinks();
    // Those that were connected before they were members.
    for (const { remotePeer } of this.#node.connectionManager.getConnections()) this.#askForPlace(remotePeer);
  }

  /** Where a relay is, as the members say. */
  placeOf(relayId: string): Multiaddr | null {
    const text = this.#parts.members.get(relayId);
    return typeof text === 'string' ? multiaddr(text) : null;
  }

  /** The address to announce. */
  address(): string | null {
    const { addressManager, transportManager, peerId } = this.#node;
    return announcedAddress(peerId.toString(), addressManager.getAddresses(), transportManager.getAddrs());
  }

  /** Told the address to announce at each change; returns the function that ends it. */
  onAddress(listener: (address: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A peer of the local network that made itself known. */
  readonly met = ({ detail }: CustomEvent<PeerInfo>): void => {
    const addresses = detail.multiaddrs.filter(isDialled);
    if (addresses.length === 0 || this.#isLinked(detail.id)) return;
    if (!this.#neighbours.allow('', this.#parts.nowMs())) return;
    void this.#dial(addresses.slice(0, 4));
  };

  readonly #onIdentify = ({ detail }: CustomEvent<IdentifyResult>): void => {
    const { connection, observedAddr, protocols, peerId } = detail;
    if (observedAddr !== undefined && connection.direct) {
      this.#parts.sightings.seen(connection, observedAddr);
      this.#guessForwardedPort();
    }
    if (protocols.includes(HOP_PROTOCOL.id)) this.#askForPlace(peerId);
    this.#onChange();
  };

  readonly #onClose = ({ detail }: CustomEvent<Connection>): void => {
    this.#parts.sightings.closed(detail);
    this.#onChange();
  };

  readonly #onGone = ({ detail }: CustomEvent<PeerId>): void => this.#parts.relay().forget(detail);

  readonly #onChange = (): void => {
    if (this.#stopping.signal.aborted) return;
    const { addressManager, transportManager } = this.#node;
    const addresses = addressManager.getAddresses();
    const seenAs = this.#parts.sightings.newest()?.seenAs ?? null;
    const standing = standingOf(addresses, transportManager.getAddrs(), seenAs);
    // Without a connection nobody says how this node is seen; what was known holds.
    if (standing !== this.#standing && standing !== 'unknown') {
      this.#standing = standing;
      this.#changing = this.#changing
        .then(() => this.#follow(standing))
        .catch((error: unknown) => this.#parts.warn(`This node's reach could not be changed: ${errorMessage(error)}`));
    }
    const announced = this.address();
    if (announced === null || announced === this.#announced) return;
    this.#announced = announced;
    for (const listener of this.#listeners) listener(announced);
  };

  async #follow(standing: Standing): Promise<void> {
    const isPublic = standing === 'public';
    await this.#parts.servesRecords(isPublic);
    if (isPublic) await this.#parts.relay().open();
    else await this.#parts.relay().close();
    if (isPublic || this.#asksForPlaces) return;
    this.#asksForPlaces = true;
    const anyRelay = multiaddr('/p2p-circuit');
    await this.#node.transportManager.listen(Array.from({ length: RELAYS_WANTED }, () => anyRelay));
    for (const { remotePeer } of this.#node.connectionManager.getConnections()) this.#askForPlace(remotePeer);
  }

  #askForPlace(peer: PeerId): void {
    if (!this.#asksForPlaces || !this.#parts.members.has(peer.toString())) return;
    const { reservationStore } = this.#parts.client();
    if (reservationStore.hasReservation(peer) || !this.#isLinked(peer)) return;
    void this.#node.peerStore
      .get(peer)
      .then(({ protocols }) =>
        protocols.includes(HOP_PROTOCOL.id) ? reservationStore.addRelay(peer, 'discovered') : null,
      )
      .catch(() => undefined); // full, or gone, or there are enough: another one, or later
  }

  #guessForwardedPort(): void {
    const { addressManager, transportManager } = this.#node;
    const seenAs = this.#parts.sightings.newest()?.seenAs;
    const guess = seenAs === undefined ? null : forwardedPort(seenAs, transportManager.getAddrs());
    if (guess !== null) addressManager.addObservedAddr(guess);
  }

  #keepLinks(): void {
    const places = [...this.#parts.members].flatMap(([peerId, text]) => (text === null ? [] : [{ peerId, text }]));
    const isOpen = new Set(
      this.#node.connectionManager.getConnections().map(({ remotePeer }) => remotePeer.toString()),
    );
    const missing = LINKS_WANTED - places.filter(({ peerId }) => isOpen.has(peerId)).length;
    const others = places.filter(({ peerId }) => !isOpen.has(peerId) && peerId !== this.#node.peerId.toString());
    for (const { text } of others.slice(0, Math.max(0, missing))) void this.#dial([multiaddr(text)]);
  }

  async #dial(addresses: Multiaddr[]): Promise<void> {
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(LINK_TIMEOUT_MS)]);
    // Whoever is not there is tried again with the next introduction.
    await this.#node.connectionManager.openConnection(addresses, { signal }).catch(() => undefined);
  }

  #isLinked(peer: PeerId): boolean {
    return this.#node.connectionManager.getConnections(peer).some(({ direct }) => direct);
  }
}

const onOpen = ({ detail }: CustomEvent<Connection>): void => {
  if (!detail.direct) endWhenUnused(detail);
};

function parsed(text: string): ReturnType<typeof parsePeerAddress> | null {
  try {
    return parsePeerAddress(text);
  } catch {
    return null; // anyone may commit anything
  }
}
