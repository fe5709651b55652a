import { expect, it } from 'vitest';
import { shortAddresses } from '#worker/peer/short-addresses.ts';

const ID = '12D3KooWQYV9dGMFoRzNStwpXztXaBUjtPqi6aU76ZgUriHhKust';
const OTHER = '12D3KooWKRyzVWW6ChFjQjK4miCty85Niy48tpPV95XdKu1BcvMA';

it.each([
  [`Cannot reach /ip4/192.0.2.1/tcp/4001/p2p/${ID}: no route`, 'Cannot reach peer …HhKust: no route'],
  [`Reaching /ip6/2001:db8::1/tcp/4001/p2p/${ID} took too long`, 'Reaching peer …HhKust took too long'],
  [
    `(/p2p/${OTHER}/p2p-circuit/p2p/${ID}: gone; /dns4/a.example.org/tcp/1/p2p/${OTHER}: gone)`,
    '(peer …HhKust: gone; peer …1BcvMA: gone)',
  ],
  ['It listens on /ip4/127.0.0.1/tcp/4001.', 'It listens on a peer.'],
  ['Nothing of /var/lib or 3/4 is an address', 'Nothing of /var/lib or 3/4 is an address'],
])('in “%s” peers go by the end of their id', (words, short) => {
  expect(shortAddresses(words)).toBe(short);
});
