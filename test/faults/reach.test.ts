import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Internet, type RouterKind } from '../support/reach/namespaces.ts';
import { PeerInNamespace } from '../support/reach/peer-in-namespace.ts';

const cleanups: (() => Promise<unknown>)[] = [];

/** Processes first, then the namespaces that they live in. */
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function internet(): Promise<Internet> {
  const made = await Internet.create();
  if (typeof made === 'string') throw new Error(made);
  cleanups.push(() => made.close());
  return made;
}

async function start(space: string, seed: number, asksLocally = false): Promise<PeerInNamespace> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-reach-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const peer = await PeerInNamespace.start({
    space,
    seed,
    folder,
    listenAddress: '/ip4/0.0.0.0/tcp/4001',
    asksLocally,
  });
  cleanups.push(() => peer.stop());
  return peer;
}

const lanAddress = (host: string, { peerId }: PeerInNamespace): string => `/ip4/${host}/tcp/4001/p2p/${peerId}`;
const throughRelay = ({ address }: { readonly address: string }): boolean => address.includes('/p2p-circuit/');
/** More than the relay of a stranger would carry: 8 MiB. */
const BLOB = { do: 'put', text: 'millrace', times: 1024 * 1024 } as const;
const BLOB_BYTES = 8 * 1024 * 1024;

/** Two PCs, each behind a router of its own, and a relay in the public network; each knows the others only as the chain names them. */
async function twoHomes(kind: RouterKind) {
  const net = await internet();
  const publicSpace = await net.publicHost('relay', '64.1.0.1');
  const [oneSpace] = await net.home('one', '64.2.0.1', 1, kind);
  const [twoSpace] = await net.home('two', '64.3.0.1', 2, kind);
  const [relay, one, two] = await Promise.all([start(publicSpace, 1), start(oneSpace!, 2), start(twoSpace!, 3)]);
  const relayAddress = lanAddress('64.1.0.1', relay);
  const addresses = [relayAddress, lanAddress('192.168.1.2', one), lanAddress('192.168.2.2', two)];
  for (const peer of [relay, one, two]) await peer.ask({ do: 'introduce', addresses });
  const [atOne, atTwo] = await Promise.all([one.hears('address', throughRelay), two.hears('address', throughRelay)]);
  return { relay, relayAddress, one, two, oneAddress: atOne.address, twoAddress: atTwo.address };
}

const connections = (peer: PeerInNamespace, other: PeerInNamespace): readonly boolean[] =>
  peer.said.flatMap((said) => (said.kind === 'connection' && said.peerId === other.peerId ? [said.direct] : []));

const missing = await whyMissing();

describe.skipIf(missing !== null)(`behind home routers${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  it('two PCs exchange blobs with no port opened, first through the relay and then directly', async () => {
    const { relay, relayAddress, one, two, oneAddress, twoAddress } = await twoHomes('same port for all');
    expect((await relay.hears('ready')).address).toBe(relayAddress);
    expect([oneAddress, twoAddress].every((address) => address.length <= 127)).toBe(true);

    const ofTwo = (await two.ask(BLOB)) as string;
    expect(await one.ask({ do: 'fetch', hash: ofTwo, from: twoAddress })).toEqual({
      sizeBytes: BLOB_BYTES,
      messages: [],
    });
    await Promise.all([
      one.hears('connection', ({ peerId, direct }) => direct && peerId === two.peerId),
      two.hears('connection', ({ peerId, direct }) => direct && peerId === one.peerId),
    ]);
    expect(connections(one, two)).toEqual([false, true]);

    const ofOne = (await one.ask({ ...BLOB, text: 'ecarllim' })) as string;
    expect(await two.ask({ do: 'fetch', hash: ofOne, from: oneAddress })).toEqual({
      sizeBytes: BLOB_BYTES,
      messages: [],
    });
    expect(connections(two, one)).toEqual([false, true]);
  });

  it('the relay moves the blob where a router gives each connection a port of its own', async () => {
    const { one, two, twoAddress } = await twoHomes('another port for each');
    const hash = (await two.ask(BLOB)) as string;
    expect(await one.ask({ do: 'fetch', hash, from: twoAddress })).toEqual({ sizeBytes: BLOB_BYTES, messages: [] });
    expect(connections(one, two)).toEqual([false]);
  });

  it('a PC whose relay was gone for a while takes its place there again', async () => {
    const net = await internet();
    const publicSpace = await net.publicHost('relay', '64.1.0.1');
    const [space] = await net.home('one', '64.2.0.1', 1, 'same port for all');
    const [relay, one] = await Promise.all([start(publicSpace, 1), start(space!, 2)]);
    const addresses = [lanAddress('64.1.0.1', relay)];
    await one.ask({ do: 'introduce', addresses });
    const before = await one.hears('address', throughRelay);
    await relay.stop();
    const without = await one.hears('address', (said) => !throughRelay(said) && one.isAfter(said, before));
    await start(publicSpace, 1);
    await one.ask({ do: 'introduce', addresses });
    const again = await one.hears('address', (said) => throughRelay(said) && one.isAfter(said, without));
    expect(again.address).toBe(before.address);
  });

  it('without a relay a fetch fails, and says what is missing', async () => {
    const net = await internet();
    const [oneSpace] = await net.home('one', '64.2.0.1', 1, 'same port for all');
    const [twoSpace] = await net.home('two', '64.3.0.1', 2, 'same port for all');
    const [one, two] = await Promise.all([start(oneSpace!, 2), start(twoSpace!, 3)]);
    const { address } = await two.hears('ready');
    expect(address).toBe(lanAddress('192.168.2.2', two));
    await one.ask({ do: 'introduce', addresses: [address!] });
    const hash = (await two.ask(BLOB)) as string;
    await expect(one.ask({ do: 'fetch', hash, from: address! })).rejects.toMatchObject({
      message: expect.stringContaining('no public address, no relay') as string,
    });
  });
});

describe.skipIf(missing !== null)(`in one local network${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  it('two PCs find each other by mDNS', async () => {
    const net = await internet();
    const [oneSpace, twoSpace] = await net.home('one', '64.2.0.1', 1, 'same port for all', 2);
    const [one, two] = await Promise.all([start(oneSpace!, 2, true), start(twoSpace!, 3, true)]);
    const found = await one.hears('connection', ({ peerId }) => peerId === two.peerId);
    expect(found).toMatchObject({ direct: true });
    const hash = (await two.ask(BLOB)) as string;
    const fetched = await one.ask({ do: 'fetch', hash, from: lanAddress('192.168.1.3', two) });
    expect(fetched).toEqual({ sizeBytes: BLOB_BYTES, messages: [] });
  });
});

/** Why this machine has no network namespaces; `null` when it has. */
async function whyMissing(): Promise<string | null> {
  const made = await Internet.create();
  if (typeof made === 'string') return made;
  await made.close();
  return null;
}
