import type { Multiaddr } from '@multiformats/multiaddr';

/** What counts as one host: an IPv4 address, or the /64 of an IPv6 address, of which anyone gets as many as he likes. */
export function hostKey(address: Multiaddr): string {
  const host = address.getComponents().find(({ name }) => name === 'ip4' || name === 'ip6');
  if (host?.value === undefined) return address.toString();
  if (host.name === 'ip4') return host.value;
  const groups = groupsOf(host.value);
  return mappedIp4(groups) ?? `${groups.slice(0, 4).join(':')}/64`;
}

/** The eight groups of an IPv6 address, as multiaddrs write it (hex throughout), without leading zeros. */
function groupsOf(address: string): readonly string[] {
  const [head = '', tail] = address.toLowerCase().split('::');
  const [before, after] = [split(head), split(tail ?? '')];
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...zeros, ...after].map((group) => group.replace(/^0+(?=.)/, ''));
}

/** A socket for both kinds sees `1.2.3.4` as `::ffff:102:304`. */
function mappedIp4(groups: readonly string[]): string | null {
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return null;
  const bytes = groups.slice(6).flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
  return bytes.join('.');
}

const split = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
