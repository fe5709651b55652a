import { expect, it } from 'vitest';
import { blobHash } from '#protocol/hash.ts';
import type { BlobHash } from '#protocol/ids.ts';
import type { Peer } from '#worker/peer/peer.ts';
import { addressOf, meet, testNetwork, testPeer } from '../test-peers.ts';

const hash = blobHash(new Uint8Array([1, 2, 3]));

async function found(peer: Peer, blob: BlobHash, signal?: AbortSignal): Promise<readonly string[]> {
  const addresses: string[] = [];
  for await (const address of peer.providers.find(blob, signal)) addresses.push(address);
  return addresses;
}

it('finds who has a blob, where nobody told it', async () => {
  const [, provider, seeker] = await testNetwork(4);
  expect(await provider!.providers.provide(hash)).toBeGreaterThan(0);
  expect(await found(seeker!, hash)).toEqual([addressOf(provider!)]);
});

it('finds it also when it is itself the one that keeps the record', async () => {
  const [hub, provider] = await testNetwork(2);
  await provider!.providers.provide(hash);
  expect(await found(hub!, hash)).toEqual([addressOf(provider!)]);
});

it('finds no more than eight of many', async () => {
  const [, seeker, ...providers] = await testNetwork(11);
  await Promise.all(providers.map((peer) => peer.providers.provide(hash)));
  const addresses = await found(seeker!, hash);
  expect(addresses).toHaveLength(8);
  expect(providers.map(addressOf)).toEqual(expect.arrayContaining([...addresses]));
});

it('finds nobody when nobody has it, never itself, and nobody who has forgotten', async () => {
  const [hub, peer] = await testNetwork(3);
  expect(await found(peer!, hash)).toEqual([]);
  await hub!.providers.provide(hash);
  expect(await found(hub!, hash)).toEqual([]);
  await hub!.providers.forget(hash);
  expect(hub!.providers.records.size).toBe(0);
});

it('alone in the world, it tells nobody and finds nobody, at once', async () => {
  const peer = await testPeer();
  expect(await peer.providers.provide(hash)).toBe(0);
  expect(await found(peer, hash)).toEqual([]);
});

it('learns of nodes that it never met from those that it did', async () => {
  const [hub, ...others] = await testNetwork(6);
  const newcomer = await testPeer();
  await meet(newcomer, addressOf(hub!));
  await expect.poll(() => newcomer.providers.nodeCount, { timeout: 10_000 }).toBe(6);
  expect(await newcomer.providers.provide(hash)).toBe(6);
  // Nobody answers that it has noted a record: it has when it has read the message.
  await expect.poll(() => others.map((peer) => peer.providers.records.size)).toEqual([1, 1, 1, 1, 1]);
});

it('stops when it is told to', async () => {
  const [, peer] = await testNetwork(3);
  expect(await found(peer!, hash, AbortSignal.abort())).toEqual([]);
  await expect(peer!.providers.provide(hash, AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });
});
