import { peerIdFromString } from '@libp2p/peer-id';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { ProtocolError } from '#protocol/errors.ts';

export interface PeerAddress {
  readonly multiaddr: Multiaddr;
  readonly peerId: string;
  /** The relay through which it leads; where that one is must be known otherwise. `null`: none. */
  readonly relayId: string | null;
}

/** The longest address that a commitment field can hold. */
const MAX_ADDRESS_LENGTH = 127;
const HOSTS = new Set(['ip4', 'ip6', 'dns', 'dns4', 'dns6']);

/**
 * Reads `/ip4/1.2.3.4/tcp/4001/p2p/12D3Koo…`, or `/p2p/RELAY/p2p-circuit/p2p/12D3Koo…`, as found on the chain. The peer id is
 * required: it says whom we mean to reach, and the connection proves it. Other kinds of address (resolvers of lists, relays by
 * place instead of name) are refused.
 * @throws ProtocolError
 */
export function parsePeerAddress(text: string): PeerAddress {
  const shown = JSON.stringify(text.slice(0, MAX_ADDRESS_LENGTH));
  if (text.length > MAX_ADDRESS_LENGTH) throw new ProtocolError(`Peer address too long: ${shown}`);
  try {
    const address = multiaddr(text);
    const parts = address.getComponents();
    const [first] = parts;
    if (first?.name === 'p2p' && relayedAddress(address) === text) {
      const peerId = peerIdFromString(parts[2]?.value ?? '').toString();
      return { multiaddr: address, peerId, relayId: peerIdFromString(first.value ?? '').toString() };
    }
    const id = parts[2];
    if (!isDialled(address) || id?.value === undefined) {
      throw new ProtocolError(`Not of the form /ip4/…/tcp/…/p2p/…: ${shown}`);
    }
    return { multiaddr: address, peerId: peerIdFromString(id.value).toString(), relayId: null };
  } catch (cause) {
    if (cause instanceof ProtocolError) throw cause;
    throw new ProtocolError(`Not a peer address: ${shown}`, { cause });
  }
}

/** Whether this is a host and a TCP port, with or without a peer id, and nothing else: no other address is ever dialled directly. */
export function isDialled(address: Multiaddr): boolean {
  const [host, port, id, ...rest] = address.getComponents();
  const isHost = host !== undefined && HOSTS.has(host.name) && port?.name === 'tcp';
  return isHost && (id === undefined || id.name === 'p2p') && rest.length === 0;
}

/** Of an address through one relay the short form, `/p2p/RELAY/p2p-circuit/p2p/PEER`: 126 characters. `null` for any other address. */
export function relayedAddress(address: Multiaddr): string | null {
  const parts = address.getComponents();
  const circuit = parts.findIndex(({ name }) => name === 'p2p-circuit');
  const [relay, peer] = [parts[circuit - 1], parts[circuit + 1]];
  const isOne = circuit === parts.length - 2 && relay?.name === 'p2p' && peer?.name === 'p2p';
  if (!isOne || parts.slice(0, circuit - 1).some(({ name }) => name.startsWith('p2p'))) return null;
  return `/p2p/${relay.value ?? ''}/p2p-circuit/p2p/${peer.value ?? ''}`;
}

/** Whether the host is the machine itself. */
export function isLoopback(address: Multiaddr): boolean {
  const host = address.getComponents()[0]?.value ?? '';
  return host.startsWith('127.') || host === '::1' || host.startsWith('::ffff:127.') || /^localhost\.?$/i.test(host);
}
