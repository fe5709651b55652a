import type { Multiaddr } from '@multiformats/multiaddr';

/** What counts as one host: an IPv4 address, or the /64 of an IPv6 address, of which anyone gets as many as he likes. */
export function hostKey(address: Multiaddr): string {
  const host = address.getComponents().find(({ name }) => name === 'ip4' || name === 'ip6');
  if (host?.value === undefined) return address.toString();
  if (host.name === 'ip4') return host.value;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host.value)?.[1];
  return mapped ?? `${network(host.value)}/64`;
}

/** The first four of the eight groups. */
function network(address: string): string {
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = groupsOf(head);
  const missing = tail === undefined ? 0 : 8 - groups.length - groupsOf(tail).length;
  const all = [...groups, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...groupsOf(tail ?? '')];
  return all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}

const groupsOf = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
