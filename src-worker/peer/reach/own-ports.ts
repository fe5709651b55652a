import { Socket } from 'node:net';
import type { Connection, MultiaddrConnection, Transport, Upgrader } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import { overriding } from './overriding.ts';

/** What is asked of one dial. */
export interface PunchOptions {
  /** The local port, instead of any that is free. */
  readonly localPort?: number;
  /** `false`: the other end begins, though both have dialled. */
  readonly initiator?: boolean;
}

type DialOptions = Parameters<Transport['dial']>[1] & PunchOptions;

/**
 * The TCP transport with outgoing connections whose local port can be used once more at the same time. A router that gives a local
 * port one public port for all destinations then lets a second connection from that port through to a peer who dials at the same
 * moment. Binding explicitly is what makes Node allow it on Linux (SO_REUSEADDR). Where the system refuses a second use, as Windows
 * should, the dial fails and the peers go on through their relay.
 * @param opened is told the local port of every connection that was dialled
 */
export function ownPorts<Components>(
  transport: (components: Components) => Transport,
  opened: (connection: Connection, localPort: number) => void,
): (components: Components) => Transport {
  return (components) => {
    const made = transport(components);
    const dial: (address: Multiaddr, options: DialOptions) => Promise<Connection> = made.dial.bind(made);
    made.dial = async (address: Multiaddr, options: DialOptions) => {
      let localPort: number | undefined;
      const connection = await dial(address, {
        ...options,
        ...localEnd(address, options.localPort ?? 0),
        upgrader: noting(options, (port) => (localPort = port)),
      } as DialOptions);
      if (localPort !== undefined) opened(connection, localPort);
      return connection;
    };
    return made;
  };
}

function localEnd(address: Multiaddr, localPort: number): object {
  const host = address.getComponents()[0]?.name;
  if (host === 'ip4') return { localAddress: '0.0.0.0', localPort };
  if (host === 'ip6') return { localAddress: '::', localPort };
  return {}; // of a name it is not known yet which of the two it will be
}

/** Tells the local port before the socket is wrapped away; and makes the end that does not begin the inbound one in every layer. */
function noting({ upgrader, initiator }: DialOptions, note: (localPort: number | undefined) => void): Upgrader {
  return overriding(upgrader, {
    upgradeOutbound: (connection: MultiaddrConnection, options: Parameters<Upgrader['upgradeOutbound']>[1]) => {
      if ('socket' in connection && connection.socket instanceof Socket) note(connection.socket.localPort);
      if (initiator === false) connection.direction = 'inbound';
      return upgrader.upgradeOutbound(connection, options);
    },
  });
}
