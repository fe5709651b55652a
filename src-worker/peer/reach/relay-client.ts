import { type CircuitRelayTransportComponents, circuitRelayTransport } from '@libp2p/circuit-relay-v2';
import type { Connection, PeerId, Stream, Transport } from '@libp2p/interface';
import { InboundCount } from '../inbound-count.ts';
import { overriding } from './overriding.ts';
import { STOP_PROTOCOL } from './relay-protocol.ts';

type InboundHandler = Parameters<CircuitRelayTransportComponents['registrar']['handle']>[1];

/** The library's type leaves this out. */
interface ReservationStore {
  relayFilter: { has(id: Uint8Array): boolean; add(id: Uint8Array): void };
  hasReservation(peer: PeerId): boolean;
  addRelay(peer: PeerId, kind: 'discovered'): Promise<unknown>;
}

/** The transport by which others are reached through relays, and this node through those where it has a place. */
export type RelayClient = Transport & { readonly reservationStore: ReservationStore };

/**
 * The library's transport with what it lacks: only members of the run become relays of this node, a relay that did not answer once
 * may be asked again, and nobody reaches this node through a relay at which it has no place.
 */
export function relayClient(
  isMember: (peerId: string) => boolean,
  made: (client: RelayClient) => void,
): (components: CircuitRelayTransportComponents) => Transport {
  return (components) => {
    const { registrar } = components;
    const open = new InboundCount(STOP_PROTOCOL);
    const guarded =
      (handler: InboundHandler): InboundHandler =>
      async (stream: Stream, connection: Connection) => {
        const hasPlace = client.reservationStore.hasReservation(connection.remotePeer);
        const leave = hasPlace ? open.enter(connection.remotePeer.toString()) : null;
        if (leave === null) {
          stream.abort(new Error('Not from this relay'));
          return;
        }
        stream.addEventListener('close', leave, { once: true });
        try {
          await handler(stream, connection);
        } catch (error) {
          stream.abort(error instanceof Error ? error : new Error(String(error)));
        }
      };
    const client = circuitRelayTransport({
      discoveryFilter: { has: (peer) => !isMember(peer.toString()), add: nothing, remove: nothing },
      maxInboundStopStreams: STOP_PROTOCOL.maxInboundPerPeer,
      maxOutboundStopStreams: STOP_PROTOCOL.maxOutboundPerPeer,
    })(
      overriding(components, {
        registrar: overriding(registrar, {
          handle: (protocol: string, handler: InboundHandler, options?: object) =>
            registrar.handle(protocol, guarded(handler), options),
        }),
      }),
    ) as RelayClient;
    client.reservationStore.relayFilter = { has: () => false, add: nothing };
    made(client);
    return client;
  };
}

const nothing = (): void => undefined;
