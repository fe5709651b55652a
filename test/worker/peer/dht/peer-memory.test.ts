import { Key } from 'interface-datastore/key';
import { expect, it } from 'vitest';
import { MAX_PEER_BYTES, MAX_REMEMBERED_PEERS, PeerMemory } from '#worker/peer/dht/peer-memory.ts';

const VALUE = new Uint8Array(8);
const key = (number: number): Key => new Key(`/peers/${number}`, false);

it('forgets who was unused for longest, but never itself', () => {
  const memory = new PeerMemory('/peers/0');
  for (const peer of [0, 1, 2]) memory.put(key(peer), VALUE);
  memory.get(key(1));
  for (let peer = 3; peer <= MAX_REMEMBERED_PEERS; peer += 1) memory.put(key(peer), VALUE);
  expect(memory.size).toBe(MAX_REMEMBERED_PEERS);
  expect([0, 1, 2, 3].map((peer) => memory.has(key(peer)))).toEqual([true, true, false, true]);
  expect(() => memory.get(key(2))).toThrow();
});

it('refuses an entry that is too long', () => {
  const memory = new PeerMemory('/peers/0');
  memory.put(key(1), new Uint8Array(MAX_PEER_BYTES));
  expect(() => memory.put(key(2), new Uint8Array(MAX_PEER_BYTES + 1))).toThrow('says too much');
});

it('lists what it has, and deletes', async () => {
  const memory = new PeerMemory('/peers/0');
  for (const peer of [0, 1, 2]) memory.put(key(peer), VALUE);
  memory.delete(key(1));
  const names: string[] = [];
  for await (const pair of memory.query({ prefix: '/peers/' })) names.push(pair.key.toString());
  for await (const name of memory.queryKeys({})) names.push(name.toString());
  expect(names).toEqual(['/peers/0', '/peers/2', '/peers/0', '/peers/2']);
});
