import { isPrivate } from '@libp2p/utils';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { isDialled, isLoopback, relayedAddress } from '../peer-address.ts';

/** Whether anyone on the internet could dial this, as far as the address alone tells. */
export const isPublic = (address: Multiaddr): boolean => isDialled(address) && !isPrivate(address);

/**
 * Of all the addresses of a node the one that others are told: a public one that was found to be reachable, else one through a relay,
 * else a public one of its own that nobody has tried yet, else one of the local network, else the machine itself. One through a
 * relay names the relay by its peer id alone: the full address would not fit into a commitment, and where the relay is its
 * own commitment says.
 * @param reached its addresses, with its peer id, that were found to be reachable or are not public
 * @param listened the addresses that its sockets have
 */
export function announcedAddress(
  peerId: string,
  reached: readonly Multiaddr[],
  listened: readonly Multiaddr[],
): string | null {
  const relayed = reached.map(relayedAddress).find((address) => address !== null);
  const untried = listened.find(isPublic)?.encapsulate(`/p2p/${peerId}`);
  const direct = reached.filter(isDialled);
  const best =
    direct.find(isPublic) ?? relayed ?? untried ?? direct.find((address) => !isLoopback(address)) ?? direct[0];
  return best?.toString() ?? null;
}

export type Standing = 'unknown' | 'public' | 'behind-router';

/**
 * Where a node stands. It is public when one of its own public addresses was dialled from outside; behind a router when peers see it
 * under a public address that is not its own. In a local network neither is ever the case.
 * @param reached its addresses that were found to be reachable
 * @param listened the addresses that its sockets have
 * @param seenAs where it came from in the eyes of a peer
 */
export function standingOf(
  reached: readonly Multiaddr[],
  listened: readonly Multiaddr[],
  seenAs: Multiaddr | null,
): Standing {
  if (reached.some(isPublic)) return 'public';
  if (seenAs === null || isPrivate(seenAs)) return 'unknown';
  const own = new Set(listened.map(hostOf));
  return own.has(hostOf(seenAs)) ? 'unknown' : 'behind-router';
}

const hostOf = (address: Multiaddr): string => address.getComponents()[0]?.value ?? '';

/** What the public address would be if the router passes the own port on under the same number, as people set it up. */
export function forwardedPort(seenAs: Multiaddr, listened: readonly Multiaddr[]): Multiaddr | null {
  const [host] = seenAs.getComponents();
  const port = listened.find(isDialled)?.getComponents()[1]?.value;
  if (host?.value === undefined || port === undefined || isPrivate(seenAs)) return null;
  return multiaddr(`/${host.name}/${host.value}/tcp/${port}`);
}
