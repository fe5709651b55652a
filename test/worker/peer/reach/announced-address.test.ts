import { multiaddr } from '@multiformats/multiaddr';
import { describe, expect, it } from 'vitest';
import { announcedAddress, forwardedPort, standingOf } from '#worker/peer/reach/announced-address.ts';

const SELF = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5';
const RELAY = '12D3KooWRndVhVZPCiQwHBBBdg769GyrPUW13zxwqQyf9r3ANaba';
const [open, lan, own] = [`/ip4/64.1.0.1/tcp/4001`, '/ip4/192.168.1.2/tcp/4001', '/ip4/127.0.0.1/tcp/4001'];
const relayed = `${open}/p2p/${RELAY}/p2p-circuit`;
const short = `/p2p/${RELAY}/p2p-circuit/p2p/${SELF}`;
const of = (addresses: readonly string[]) => addresses.map((address) => multiaddr(address));
const announced = (reached: readonly string[], listened: readonly string[] = []): string | null =>
  announcedAddress(SELF, of(reached.map((address) => `${address}/p2p/${SELF}`)), of(listened));

describe('the address that others are told', () => {
  it('is the public one that was reached, before all others', () => {
    expect(announced([own, lan, relayed, open])).toBe(`${open}/p2p/${SELF}`);
  });

  it('is else one through a relay, which fits into a commitment', () => {
    expect(announced([own, lan, relayed])).toBe(short);
    expect(short.length).toBeLessThanOrEqual(127);
  });

  it('is else a public one of its own that nobody has tried yet: somebody has to be the first', () => {
    expect(announced([own], [own, open])).toBe(`${open}/p2p/${SELF}`);
  });

  it('is else one of the local network, and last the machine itself', () => {
    expect(announced([own, lan])).toBe(`${lan}/p2p/${SELF}`);
    expect(announced([own])).toBe(`${own}/p2p/${SELF}`);
    expect(announced([])).toBeNull();
  });
});

describe('where a node stands', () => {
  it('is unknown while nobody has said how it is seen, and in a network without public addresses', () => {
    expect(standingOf(of([lan]), of([lan]), null)).toBe('unknown');
    expect(standingOf(of([lan]), of([lan]), multiaddr('/ip4/192.168.1.7/tcp/1'))).toBe('unknown');
    expect(standingOf(of([]), of([open]), multiaddr('/ip4/64.1.0.1/tcp/50000'))).toBe('unknown');
  });

  it('is behind a router when it is seen under a public address that is not its own', () => {
    expect(standingOf(of([lan]), of([lan]), multiaddr('/ip4/64.2.0.1/tcp/50000'))).toBe('behind-router');
  });

  it('is public as soon as an address was reached, whoever sees it how', () => {
    expect(standingOf(of([open]), of([lan]), multiaddr('/ip4/64.2.0.1/tcp/50000'))).toBe('public');
    expect(standingOf(of([`${relayed}/p2p/${SELF}`]), of([lan]), null)).toBe('unknown');
  });
});

it('a forwarded port is guessed to have the same number outside', () => {
  const seenAs = multiaddr('/ip4/64.2.0.1/tcp/50000');
  expect(forwardedPort(seenAs, of([lan]))?.toString()).toBe('/ip4/64.2.0.1/tcp/4001');
  expect(forwardedPort(seenAs, [])).toBeNull();
  expect(forwardedPort(multiaddr(lan), of([lan]))).toBeNull();
});
