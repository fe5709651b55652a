import { multiaddr } from '@multiformats/multiaddr';
import { describe, expect, it } from 'vitest';
import { hostKey } from '#worker/peer/reach/host-key.ts';

const key = (host: string): string => hostKey(multiaddr(`${host}/tcp/1`));

describe('what counts as one host', () => {
  it('is an IPv4 address, whatever the port', () => {
    expect(key('/ip4/1.2.3.4')).toBe(hostKey(multiaddr('/ip4/1.2.3.4/tcp/9')));
    expect(key('/ip4/1.2.3.4')).not.toBe(key('/ip4/1.2.3.5'));
  });

  it.each([
    ['/ip6/2001:db8:1:2:3:4:5:6', '/ip6/2001:db8:1:2::1', true],
    ['/ip6/2001:db8:1:2::', '/ip6/2001:db8:1:3::', false],
    ['/ip6/2001:db8::1', '/ip6/2001:db8:0:0:ffff::2', true],
    ['/ip6/2001:db8::1', '/ip6/2001:db8:0:1::1', false],
    ['/ip6/::1', '/ip6/::2', true],
    ['/ip6/::ffff:1.2.3.4', '/ip6/::ffff:1.2.3.5', false],
  ])('is the /64 of an IPv6 address: %s and %s: %s', (one, two, isSame) => {
    expect(key(one) === key(two)).toBe(isSame);
  });

  it('is the IPv4 address in an IPv6 one', () => {
    expect(key('/ip6/::ffff:1.2.3.4')).toBe('1.2.3.4');
  });

  it('is the relay, for those who come through one', () => {
    const id = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5';
    expect(hostKey(multiaddr(`/ip4/1.2.3.4/tcp/1/p2p/${id}/p2p-circuit/p2p/${id}`))).toBe('1.2.3.4');
  });
});
