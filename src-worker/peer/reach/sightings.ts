import type { Connection } from '@libp2p/interface';
import { isPrivate } from '@libp2p/utils';
import { CODE_P2P, type Multiaddr } from '@multiformats/multiaddr';

/** Where this node came from in the eyes of a peer that it dialled: the public end of a local port, as long as the connection is open. */
export interface Sighting {
  readonly localPort: number;
  readonly seenAs: Multiaddr;
}

/** Sightings by connection, newest last. */
export class Sightings {
  readonly ownId: string;
  readonly #ports = new Map<string, number>();
  readonly #seen = new Map<string, Sighting>();

  constructor(ownId: string) {
    this.ownId = ownId;
  }

  dialled(connection: Connection, localPort: number): void {
    this.#ports.set(connection.id, localPort);
  }

  /** What the peer at the other end says; of use only for connections that were dialled from here. */
  seen(connection: Connection, seenAs: Multiaddr): void {
    if (isPrivate(seenAs)) return; // a neighbour sees no router
    const localPort = this.#ports.get(connection.id);
    if (localPort !== undefined && connection.status === 'open')
      this.#seen.set(connection.id, { localPort, seenAs: seenAs.decapsulateCode(CODE_P2P) });
  }

  closed(connection: Connection): void {
    this.#ports.delete(connection.id);
    this.#seen.delete(connection.id);
  }

  newest(): Sighting | null {
    return [...this.#seen.values()].at(-1) ?? null;
  }
}
