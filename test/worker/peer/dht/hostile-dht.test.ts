import type { Libp2p, Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { expect, it } from 'vitest';
import { blobHash } from '#protocol/hash.ts';
import { MAX_PROVIDER_STREAM_BYTES, PROVIDER_PROTOCOL } from '#protocol/peer/provider-protocol.ts';
import { randomStream } from '#protocol/random.ts';
import { uint32Bytes } from '#protocol/bytes.ts';
import { MAX_RECORDS_OF_A_PROVIDER } from '#worker/peer/dht/record-store.ts';
import type { Peer } from '#worker/peer/peer.ts';
import {
  asDhtPeer,
  bareDhtNode,
  type DhtMessage,
  encodeDhtMessage,
  framed,
  keyOf,
  varint,
} from '../../../support/dht-messages.ts';
import { addressOf, cleanUp, meet, testPeer } from '../test-peers.ts';

const hash = blobHash(new Uint8Array([1, 2, 3]));
const someHash = (number: number): string => blobHash(uint32Bytes(number));

async function stranger(answer?: (stream: Stream) => void): Promise<Libp2p> {
  const node = await bareDhtNode(answer);
  cleanUp(async () => node.stop());
  return node;
}

const openTo = (node: Libp2p, peer: Peer): Promise<Stream> =>
  node.dialProtocol(multiaddr(addressOf(peer)), PROVIDER_PROTOCOL.id);

const gone = (stream: Stream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.timeline.close !== undefined) resolve();
    stream.addEventListener('close', () => resolve());
  });

/** Sends bytes on a stream of their own, and waits until it is closed, by whom is all the same. */
async function send(node: Libp2p, peer: Peer, bytes: Uint8Array): Promise<void> {
  const stream = await openTo(node, peer);
  try {
    stream.send(bytes);
    void stream.close().catch(() => undefined);
  } catch {
    return; // it was reset meanwhile
  }
  await gone(stream);
}

/** It still works for others. */
async function works(peer: Peer): Promise<void> {
  const other = await testPeer();
  await meet(other, addressOf(peer));
  await expect.poll(() => other.providers.nodeCount).toBeGreaterThan(0);
  expect(await other.providers.provide(hash)).toBeGreaterThan(0);
}

it('a message of more bytes than any has ends its stream, and nothing is kept of it', async () => {
  const [peer, node] = [await testPeer(), await stranger()];
  for (const claimed of [MAX_PROVIDER_STREAM_BYTES * 2, 2 ** 31, 2 ** 40]) {
    const stream = await openTo(node, peer);
    stream.send(varint(claimed));
    const piece = new Uint8Array(8192);
    let sent = 0;
    for (; sent < 64 && stream.status === 'open'; sent += 1) {
      stream.send(piece.slice());
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await gone(stream);
    expect(sent * piece.length, 'long before all of it').toBeLessThan(64 * piece.length);
  }
  await works(peer);
});

it('garbage does not end the node', async () => {
  const [peer, node] = [await testPeer(), await stranger()];
  const messages: DhtMessage[] = [
    { type: 'getProviders', key: keyOf(hash) },
    { type: 'addProvider', key: keyOf(hash), providers: [asDhtPeer(node)] },
    { type: 'findNode', key: node.peerId.toMultihash().bytes, closer: [asDhtPeer(node)] },
    { type: 'getValue', key: new Uint8Array(40) },
    { type: 'ping' },
  ];
  for (let input = 0; input < 150; input += 1) {
    const random = randomStream(uint32Bytes(input));
    const bytes = framed(encodeDhtMessage(messages[input % messages.length]!)).slice();
    for (let change = 0; change < 3; change += 1) bytes[random.nextBelow(bytes.length)] = random.nextBelow(256);
    await send(node, peer, bytes);
  }
  await works(peer);
});

it('a stranger stores records of itself alone, and no more than so many', async () => {
  const [peer, node] = [await testPeer(), await stranger()];
  const other = await stranger();
  await send(
    node,
    peer,
    framed(encodeDhtMessage({ type: 'addProvider', key: keyOf(hash), providers: [asDhtPeer(other)] })),
  );
  expect(peer.providers.records.size).toBe(0);
  let kept = 0;
  for (let first = 0; first < 1000; first += 100) {
    const messages = Array.from({ length: 100 }, (_, i) =>
      framed(encodeDhtMessage({ type: 'addProvider', key: keyOf(someHash(first + i)), providers: [asDhtPeer(node)] })),
    );
    await send(node, peer, Buffer.concat(messages));
    kept = Math.max(kept, peer.providers.records.size);
  }
  await expect.poll(() => peer.providers.records.size).toBe(MAX_RECORDS_OF_A_PROVIDER);
  expect(kept).toBe(MAX_RECORDS_OF_A_PROVIDER);
  await works(peer);
});

it('a stranger stores no values, and no keys but hashes of blobs', async () => {
  const [peer, node] = [await testPeer(), await stranger()];
  const record = new Uint8Array([10, 1, 65, 18, 1, 66]);
  await send(node, peer, framed(encodeDhtMessage({ type: 'putValue', key: new Uint8Array([65]), record })));
  const long = Buffer.concat([new Uint8Array([0, 0xe8, 7]), new Uint8Array(1000)]);
  await send(node, peer, framed(encodeDhtMessage({ type: 'addProvider', key: long, providers: [asDhtPeer(node)] })));
  expect(peer.providers.records.size).toBe(0);
  await works(peer);
});

it('a stranger with too many streams has them reset, and others are served', async () => {
  const [peer, node] = [await testPeer(), await stranger()];
  const streams = await Promise.all(Array.from({ length: 40 }, () => openTo(node, peer).catch(() => null)));
  const open = (): number => streams.filter((stream) => stream?.status === 'open').length;
  await expect.poll(open).toBeLessThanOrEqual(PROVIDER_PROTOCOL.maxInboundPerPeer);
  await works(peer);
});

it('a node that answers with thousands of nodes and providers costs little time and few bytes', async () => {
  const crowd = Array.from({ length: 3000 }, (_, i) => ({
    id: keyOf(someHash(i)),
    addresses: [multiaddr(`/ip4/127.0.0.1/tcp/${1 + (i % 1000)}`).bytes],
  }));
  const answer = framed(encodeDhtMessage({ type: 'getProviders', key: keyOf(hash), closer: crowd, providers: crowd }));
  const liar = await stranger((stream) => {
    stream.addEventListener('message', () => stream.send(answer.slice()), { once: true });
  });
  const peer = await testPeer();
  const startMs = performance.now();
  await meet(peer, liar.getMultiaddrs()[0]!.toString());
  await expect.poll(() => peer.providers.nodeCount).toBeGreaterThan(0);
  const found: string[] = [];
  for await (const address of peer.providers.find(hash)) found.push(address);
  expect(found).toEqual([]);
  expect(performance.now() - startMs).toBeLessThan(12_000);
  await works(peer);
});

it('a node that names a few hundred dead ones costs bounded time, and its providers are eight hints', async () => {
  const crowd = Array.from({ length: 200 }, (_, i) => ({
    id: keyOf(someHash(i)),
    addresses: [multiaddr(`/ip4/127.0.0.1/tcp/${1 + i}`).bytes],
  }));
  const answer = framed(encodeDhtMessage({ type: 'getProviders', key: keyOf(hash), closer: crowd, providers: crowd }));
  const liar = await stranger((stream) => {
    stream.addEventListener('message', () => stream.send(answer.slice()), { once: true });
  });
  const peer = await testPeer();
  await meet(peer, liar.getMultiaddrs()[0]!.toString());
  await expect.poll(() => peer.providers.nodeCount).toBeGreaterThan(0);
  const startMs = performance.now();
  const found: string[] = [];
  for await (const address of peer.providers.find(hash)) found.push(address);
  expect(found).toHaveLength(8);
  expect(performance.now() - startMs).toBeLessThan(12_000);
  await works(peer);
});
