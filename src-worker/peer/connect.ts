import type { Connection, Libp2p } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import type { Multiaddr } from '@multiformats/multiaddr';
import { MillraceError } from '#protocol/errors.ts';
import type { PeerAddress } from './peer-address.ts';

export interface ConnectOptions {
  readonly signal: AbortSignal;
  /** A new connection, whatever there is. */
  readonly force: boolean;
  /** Where a relay is, as the members of the run say. */
  readonly placeOf: (relayId: string) => Multiaddr | null;
}

/**
 * Streams may run over relayed connections, which end after so many bytes and minutes: what is cut off is asked for anew, over a new
 * one. libp2p wants that said at either end of each stream, and never takes a relayed connection twice by itself: `connectTo` does.
 */
export const ALSO_RELAYED = { runOnLimitedConnection: true } as const;

/** The connection to a peer: a direct one if there is any, else the relayed one that exists, else a new one to its address. */
export async function connectTo(node: Libp2p, address: PeerAddress, options: ConnectOptions): Promise<Connection> {
  const { peerId, relayId, multiaddr } = address;
  const { signal, force } = options;
  if (relayId === null) return node.dial(multiaddr, { signal, force });
  if (!force) {
    const open = node.getConnections(peerIdFromString(peerId)).filter(({ status }) => status === 'open');
    const found = open.find(({ direct }) => direct) ?? open[0];
    if (found !== undefined) return found;
  }
  if (relayId === node.peerId.toString()) {
    throw new MillraceError(
      'PEER_UNREACHABLE',
      `Cannot reach ${peerId}: it should be connected with this node, its relay`,
    );
  }
  await connectToRelay(node, relayId, options);
  return node.dial(multiaddr, { signal, force: true });
}

async function connectToRelay(node: Libp2p, relayId: string, { signal, placeOf }: ConnectOptions): Promise<void> {
  if (node.getConnections(peerIdFromString(relayId)).some(({ direct }) => direct)) return;
  const place = placeOf(relayId);
  if (place === null) {
    throw new MillraceError('PEER_UNREACHABLE', `No member of the run says where the relay ${relayId} is`);
  }
  await node.dial(place, { signal });
}
