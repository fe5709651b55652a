import { peerIdFromString } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import type { Multiaddr } from '@multiformats/multiaddr';
import { ProtocolError } from '#protocol/errors.ts';

export interface PeerAddress {
  readonly multiaddr: Multiaddr;
  readonly peerId: string;
}

/** The longest that a commitment field can hold. */
const MAX_ADDRESS_LENGTH = 127;
const HOSTS = new Set(['ip4', 'ip6', 'dns', 'dns4', 'dns6']);

/**
 * Reads `/ip4/1.2.3.4/tcp/4001/p2p/12D3Koo…` as found on the chain. The peer id is required: it says whom we mean to reach,
 * and the connection proves it. Other kinds of address (relays, resolvers of lists) are refused.
 * @throws ProtocolError
 */
export function parsePeerAddress(text: string): PeerAddress {
  const shown = JSON.stringify(text.slice(0, MAX_ADDRESS_LENGTH));
  if (text.length > MAX_ADDRESS_LENGTH) throw new ProtocolError(`Peer address too long: ${shown}`);
  try {
    const address = multiaddr(text);
    const [host, port, id, ...rest] = address.getComponents();
    const isPeer = host !== undefined && HOSTS.has(host.name) && port?.name === 'tcp' && id?.name === 'p2p';
    if (!isPeer || rest.length > 0 || id.value === undefined) {
      throw new ProtocolError(`Not of the form /ip4/…/tcp/…/p2p/…: ${shown}`);
    }
    return { multiaddr: address, peerId: peerIdFromString(id.value).toString() };
  } catch (cause) {
    if (cause instanceof ProtocolError) throw cause;
    throw new ProtocolError(`Not a peer address: ${shown}`, { cause });
  }
}
