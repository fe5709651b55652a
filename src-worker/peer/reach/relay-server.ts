import {
  type CircuitRelayServerComponents,
  type CircuitRelayService,
  circuitRelayServer,
} from '@libp2p/circuit-relay-v2';
import type { Connection, PeerId, Stream } from '@libp2p/interface';
import { InboundCount } from '../inbound-count.ts';
import { ByteBudget } from './byte-budget.ts';
import { hostKey } from './host-key.ts';
import { overriding } from './overriding.ts';
import * as relay from './relay-protocol.ts';

type InboundHandler = Parameters<CircuitRelayServerComponents['registrar']['handle']>[1];
/** The library's type leaves these out. */
type RunningRelay = CircuitRelayService & { start(): Promise<void>; stop(): Promise<void> };

export interface RelayServerOptions {
  /** Whether a registered hotkey names this peer on the chain. */
  readonly isMember: (peerId: string) => boolean;
  readonly nowMs: () => number;
}

const HOUR_MS = 60 * 60_000;

/**
 * Carries the bytes of peers that cannot be reached, once this node is open for it. The library limits each way by bytes and time;
 * here places and bytes are limited by host as well, so that a peer cannot have more by coming under many names.
 */
export class RelayServer {
  readonly #server: RunningRelay;
  readonly #components: CircuitRelayServerComponents;
  readonly #options: RelayServerOptions;
  readonly #ways = new InboundCount(relay.HOP_PROTOCOL);
  readonly #budget = new ByteBudget({
    ofKey: relay.MAX_BYTES_OF_A_HOST_AN_HOUR,
    inAll: relay.MAX_BYTES_AN_HOUR,
    windowMs: HOUR_MS,
  });
  #isOpen = false;

  constructor(components: CircuitRelayServerComponents, options: RelayServerOptions) {
    this.#components = components;
    this.#options = options;
    const { registrar } = components;
    this.#server = circuitRelayServer({
      maxInboundHopStreams: relay.HOP_PROTOCOL.maxInboundPerPeer + 1,
      maxOutboundHopStreams: relay.HOP_PROTOCOL.maxOutboundPerPeer + 1,
      maxOutboundStopStreams: relay.STOP_PROTOCOL.maxOutboundPerPeer,
      reservations: {
        maxReservations: relay.MAX_RESERVATIONS,
        reservationTtl: relay.RESERVATION_LIFE_MS,
        defaultDataLimit: BigInt(relay.MAX_CIRCUIT_BYTES),
        defaultDurationLimit: relay.MAX_CIRCUIT_MS,
      },
    })(
      overriding(components, {
        connectionGater: { denyInboundRelayReservation: (peer: PeerId) => !this.#mayReserve(peer) },
        registrar: overriding(registrar, {
          handle: (protocol: string, handler: InboundHandler, options?: object) =>
            registrar.handle(protocol, this.#metered(handler), options),
        }),
      }),
    ) as RunningRelay;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  async open(): Promise<void> {
    if (this.#isOpen) return;
    this.#isOpen = true;
    await this.#server.start();
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#server.stop();
  }

  /** Its place is free for others: the library would keep it until it runs out. */
  forget(peer: PeerId): void {
    this.#server.reservations.delete(peer);
  }

  #mayReserve(peer: PeerId): boolean {
    const { reservations } = this.#server;
    if (reservations.has(peer)) return true;
    const connection = this.#components.connectionManager.getConnections(peer).find(({ direct }) => direct);
    if (connection === undefined) return false;
    const host = hostKey(connection.remoteAddr);
    const ofHost = [...reservations.values()].filter(({ addr }) => hostKey(addr) === host);
    if (ofHost.length >= relay.MAX_RESERVATIONS_OF_A_HOST) return false;
    if (this.#options.isMember(peer.toString())) return true;
    const strangers = [...reservations.keys()].filter((id) => !this.#options.isMember(id.toString()));
    return strangers.length < relay.MAX_RESERVATIONS_OF_STRANGERS;
  }

  #metered(handler: InboundHandler): InboundHandler {
    return async (stream: Stream, connection: Connection) => {
      const leave = this.#ways.enter(connection.remotePeer.toString());
      if (leave === null) {
        stream.abort(new Error('Too many ways through this relay'));
        return;
      }
      stream.addEventListener('close', leave, { once: true });
      this.#meter(stream, hostKey(connection.remoteAddr));
      try {
        await handler(stream, connection);
      } catch (error) {
        // What a peer does wrong is its own affair.
        stream.abort(error instanceof Error ? error : new Error(String(error)));
      }
    };
  }

  /** Whoever asked for the way pays for both directions. */
  #meter(stream: Stream, host: string): void {
    const spend = (sizeBytes: number): void => {
      if (!this.#budget.spend(host, sizeBytes, this.#options.nowMs()))
        stream.abort(new Error('Too many bytes this hour'));
    };
    stream.addEventListener('message', ({ data }) => spend(data.byteLength));
    const send = stream.send.bind(stream);
    stream.send = (data) => {
      spend(data.byteLength);
      return send(data);
    };
  }
}
