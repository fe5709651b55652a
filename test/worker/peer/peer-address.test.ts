import { describe, expect, it } from 'vitest';
import { ProtocolError } from '#protocol/errors.ts';
import { parsePeerAddress } from '#worker/peer/peer-address.ts';

const ID = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5';

describe('the address of a peer', () => {
  it.each(['/ip4/1.2.3.4/tcp/4001', '/ip6/::1/tcp/1', '/dns4/example.org/tcp/443', '/dns/example.org/tcp/443'])(
    'is read: %s',
    (host) => {
      const { multiaddr, peerId } = parsePeerAddress(`${host}/p2p/${ID}`);
      expect(peerId).toBe(ID);
      expect(multiaddr.toString()).toBe(`${host}/p2p/${ID}`);
    },
  );

  it('is read when it leads through a relay, which it names', () => {
    const relay = '12D3KooWRndVhVZPCiQwHBBBdg769GyrPUW13zxwqQyf9r3ANaba';
    const text = `/p2p/${relay}/p2p-circuit/p2p/${ID}`;
    expect(parsePeerAddress(text)).toMatchObject({ peerId: ID, relayId: relay });
    expect(text.length).toBe(126);
  });

  it.each([
    ['through a relay to nobody', `/p2p/${ID}/p2p-circuit`],
    ['of a peer without a place', `/p2p/${ID}`],
    ['through a relay to a peer id that is none', `/p2p/${ID}/p2p-circuit/p2p/12D3Koo`],
    ['without a peer id', '/ip4/1.2.3.4/tcp/4001'],
    ['with a peer id that is none', '/ip4/1.2.3.4/tcp/4001/p2p/12D3Koo'],
    ['over another transport', `/ip4/1.2.3.4/udp/4001/quic-v1/p2p/${ID}`],
    ['through a relay by its place', `/ip4/1.2.3.4/tcp/4001/p2p/${ID}/p2p-circuit/p2p/${ID}`],
    ['that stands for a list of others', `/dnsaddr/example.org/p2p/${ID}`],
    ['of a file', `/unix/%2ftmp%2fsocket/p2p/${ID}`],
    ['with a port out of range', `/ip4/1.2.3.4/tcp/99999/p2p/${ID}`],
    ['that is empty', ''],
    ['that is not one', 'http://example.org'],
    ['of any length', `/dns4/${'a'.repeat(200)}/tcp/1/p2p/${ID}`],
  ])('%s is refused', (_what, address) => {
    expect(() => parsePeerAddress(address)).toThrow(ProtocolError);
  });
});
