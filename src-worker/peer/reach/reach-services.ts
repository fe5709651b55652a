import type { AutoNATComponents } from '@libp2p/autonat';
import type { CircuitRelayServerComponents } from '@libp2p/circuit-relay-v2';
import type { DCUtRServiceComponents } from '@libp2p/dcutr';
import { identifyPush } from '@libp2p/identify';
import type { Connection } from '@libp2p/interface';
import { mdns } from '@libp2p/mdns';
import { askBack } from './ask-back.ts';
import { holePunch } from './hole-punch.ts';
import { Reach, type ReachParts } from './reach.ts';
import { type RelayClient, relayClient } from './relay-client.ts';
import { RelayServer } from './relay-server.ts';
import { Sightings } from './sightings.ts';

/** Beside other programs' nodes in a local network, which are no business of ours. */
const MDNS_TAG = '_millrace._udp.local';
const MDNS_INTERVAL_MS = 20_000;

export interface ReachServicesOptions extends Pick<ReachParts, 'servesRecords' | 'warn'> {
  readonly ownId: string;
  /** Whether peers of the local network are sought by mDNS. */
  readonly asksLocally: boolean;
}

/** All that makes a node reachable behind a router, as parts of a libp2p node; together, because each needs the others. */
export function reachServices(options: ReachServicesOptions) {
  const nowMs = (): number => performance.now();
  const members = new Map<string, string | null>();
  const isMember = (peerId: string): boolean => members.has(peerId);
  const sightings = new Sightings(options.ownId);
  let client: RelayClient | null = null;
  let server: RelayServer | null = null;
  const parts: ReachParts = {
    ...{ members, sightings, nowMs, servesRecords: options.servesRecords, warn: options.warn },
    relay: () => made(server),
    client: () => made(client),
  };
  return {
    dialled: (connection: Connection, localPort: number) => sightings.dialled(connection, localPort),
    transport: relayClient(isMember, (it) => {
      client = it;
    }),
    services: {
      identifyPush: identifyPush(),
      askBack: askBack(nowMs),
      relay: (components: CircuitRelayServerComponents) => {
        server = new RelayServer(components, { isMember, nowMs });
        return server;
      },
      holePunch: (components: DCUtRServiceComponents) => holePunch(sightings, nowMs)(components),
      reach: (components: AutoNATComponents) => new Reach(components, parts),
      ...(options.asksLocally ? { neighbours: mdns({ serviceTag: MDNS_TAG, interval: MDNS_INTERVAL_MS }) } : {}),
    },
  };
}

function made<T>(part: T | null): T {
  if (part === null) throw new Error('The node is not made yet');
  return part;
}
