import { setTimeout as pause } from 'node:timers/promises';
import { type DCUtRServiceComponents, dcutr } from '@libp2p/dcutr';
import type { Connection, Startable, Stream } from '@libp2p/interface';
import { CODE_P2P, type Multiaddr } from '@multiformats/multiaddr';
import { isDialled } from '../peer-address.ts';
import { RateLimit } from '../rate-limit.ts';
import { overriding } from './overriding.ts';
import type { PunchOptions } from './own-ports.ts';
import { endWhenIdle } from './relayed-connections.ts';
import type { Sightings } from './sightings.ts';

type Registrar = DCUtRServiceComponents['registrar'];
type ConnectionManager = DCUtRServiceComponents['connectionManager'];
type InboundHandler = Parameters<Registrar['handle']>[1];
type Topology = Parameters<Registrar['register']>[1];

/** For one attempt, of which there are three; the library's own. */
const ATTEMPT_MS = 5_000;
/** Attempts that one peer may bring about in a minute: each makes this node dial an address of the peer's choice. */
const MAX_ATTEMPTS_A_MINUTE = 6;
const MAX_ATTEMPTS_A_MINUTE_IN_ALL = 60;
const MINUTE_MS = 60_000;
/** Some routers refuse what comes before they have let something out; then the other end's turn is awaited. */
const AGAIN_MS = 100;

/**
 * DCUtR: two peers that are connected through a relay tell each other their public addresses and dial at the same moment. The
 * library tells only addresses that take calls from anyone, dials from any port, and forgets which of the two begins; here the
 * address is where the relay sees this node, and the dial leaves from that very port. Streams under way on the relayed connection
 * go on there, new ones take the direct one.
 */
export function holePunch(
  sightings: Sightings,
  nowMs: () => number,
): (components: DCUtRServiceComponents) => Startable {
  return (components) => {
    const { registrar, connectionManager, addressManager, transportManager } = components;
    const rate = new RateLimit(MAX_ATTEMPTS_A_MINUTE, MINUTE_MS);
    const rateInAll = new RateLimit(MAX_ATTEMPTS_A_MINUTE_IN_ALL, MINUTE_MS);
    const mayAttempt = (peerId: string): boolean => rate.allow(peerId, nowMs()) && rateInAll.allow('', nowMs());

    const punch = async (
      addresses: readonly Multiaddr[],
      options: PunchOptions & { signal: AbortSignal },
    ): Promise<Connection> => {
      const sighting = sightings.newest();
      const [address] = addresses.filter((each) => isDialled(each) && each.getComponents().at(-1)?.code === CODE_P2P);
      if (sighting === null || address === undefined) throw new Error('No public address known');
      const { signal, initiator } = options;
      for (;;) {
        try {
          const dialling = { signal, localPort: sighting.localPort, ...(initiator === undefined ? {} : { initiator }) };
          return await transportManager.dial(address, dialling);
        } catch (error) {
          if (signal.aborted || !(error instanceof Error && error.message.includes('ECONNREFUSED'))) throw error;
          await pause(AGAIN_MS, undefined, { signal });
        }
      }
    };

    const openConnection: ConnectionManager['openConnection'] = (target, options = {}) => {
      // What the library dials with priority are the two ends of a punch; else the other end has a public address of its own.
      if (options.priority === undefined || !Array.isArray(target))
        return connectionManager.openConnection(target, options);
      return punch(target, { ...options, signal: options.signal ?? AbortSignal.timeout(ATTEMPT_MS) });
    };

    return dcutr({ timeout: ATTEMPT_MS })(
      overriding(components, {
        addressManager: overriding(addressManager, {
          getAddresses: () => {
            const sighting = sightings.newest();
            return sighting === null ? [] : [sighting.seenAs.encapsulate(`/p2p/${sightings.ownId}`)];
          },
        }),
        connectionManager: overriding(connectionManager, { openConnection }),
        registrar: overriding(registrar, {
          register: (protocol: string, topology: Topology) =>
            registrar.register(protocol, {
              ...topology,
              onConnect: (peer, connection) => {
                if (connection.direct || !mayAttempt(peer.toString())) return;
                return topology.onConnect?.(peer, kept(connection));
              },
            }),
          handle: (protocol: string, handler: InboundHandler, options?: object) =>
            registrar.handle(
              protocol,
              async (stream: Stream, connection: Connection) => {
                if (!mayAttempt(connection.remotePeer.toString())) {
                  stream.abort(new Error('Too many attempts'));
                  return;
                }
                try {
                  await handler(stream, kept(connection));
                } catch (error) {
                  stream.abort(error instanceof Error ? error : new Error(String(error)));
                }
              },
              options,
            ),
        }),
      }),
    ) as Startable;
  };
}

/** A relayed connection that is closed only when nothing of ours is under way on it. */
function kept(connection: Connection): Connection {
  return overriding(connection, {
    close: () => {
      void endWhenIdle(connection);
      return Promise.resolve();
    },
  });
}
