import type { Connection } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { expect, it } from 'vitest';
import { Sightings } from '#worker/peer/reach/sightings.ts';

const SELF = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5';
const connection = (id: string): Connection => ({ id, status: 'open' }) as Connection;
const seenAs = (port: number) => multiaddr(`/ip4/64.2.0.1/tcp/${port}/p2p/${SELF}`);

it('the newest sighting of a dialled connection counts, until that is closed', () => {
  const sightings = new Sightings(SELF);
  const [one, two] = [connection('one'), connection('two')];
  sightings.dialled(one, 1);
  sightings.dialled(two, 2);
  sightings.seen(one, seenAs(1001));
  sightings.seen(two, seenAs(1002));
  expect(sightings.newest()).toMatchObject({ localPort: 2 });
  sightings.closed(two);
  expect(sightings.newest()?.localPort).toBe(1);
  expect(sightings.newest()?.seenAs.toString()).toBe('/ip4/64.2.0.1/tcp/1001');
});

it('neither one who dialled this node nor a neighbour can say where it is seen from outside', () => {
  const sightings = new Sightings(SELF);
  sightings.seen(connection('inbound'), seenAs(1001));
  sightings.dialled(connection('neighbour'), 1);
  sightings.seen(connection('neighbour'), multiaddr('/ip4/192.168.1.2/tcp/5'));
  expect(sightings.newest()).toBeNull();
});
