import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import type { CircuitRelayServerComponents } from '@libp2p/circuit-relay-v2';
import { identify } from '@libp2p/identify';
import type { Libp2p, Stream } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { describe, expect, it } from 'vitest';
import { relayClient } from '#worker/peer/reach/relay-client.ts';
import { HOP_PROTOCOL, MAX_RESERVATIONS_OF_A_HOST, STOP_PROTOCOL } from '#worker/peer/reach/relay-protocol.ts';
import { RelayServer } from '#worker/peer/reach/relay-server.ts';
import { cleanUp } from '../test-peers.ts';

const common = () => ({
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  connectionManager: { inboundConnectionThreshold: 50 },
});

async function relayNode(): Promise<{ readonly node: Libp2p; readonly server: RelayServer }> {
  let server: RelayServer | undefined;
  const node = await createLibp2p({
    ...common(),
    transports: [tcp()],
    services: {
      identify: identify(),
      relay: (components: CircuitRelayServerComponents) =>
        (server = new RelayServer(components, { isMember: () => true, nowMs: () => 0 })),
    },
  });
  cleanUp(async () => node.stop());
  await server!.open();
  return { node, server: server! };
}

async function clientNode(isMember: (peerId: string) => boolean = () => true): Promise<Libp2p> {
  const node = await createLibp2p({
    ...common(),
    transports: [tcp(), relayClient(isMember, () => undefined)],
    services: { identify: identify() },
  });
  cleanUp(async () => node.stop());
  return node;
}

/** What the relay says to one who asks for a place: whether it gave one. */
const reserves = async (node: Libp2p, relay: Libp2p): Promise<boolean> => {
  const place = multiaddr(`${relay.getMultiaddrs()[0]!.toString()}/p2p-circuit`);
  const { transportManager } = (
    node as unknown as { components: { transportManager: { listen(a: unknown[]): Promise<void> } } }
  ).components;
  return transportManager.listen([place]).then(
    () => true,
    () => false,
  );
};

const closed = (stream: Stream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.timeline.close !== undefined) resolve();
    stream.addEventListener('close', () => resolve());
  });

describe('a relay', () => {
  it('gives one host no more than its share of places, and a place that was left to another', async () => {
    const { node: relay, server } = await relayNode();
    const nodes = await Promise.all(Array.from({ length: MAX_RESERVATIONS_OF_A_HOST + 1 }, () => clientNode()));
    const [last, ...first] = nodes;
    for (const node of first) expect(await reserves(node, relay)).toBe(true);
    expect(await reserves(last!, relay)).toBe(false);
    server.forget(first[0]!.peerId);
    expect(await reserves(last!, relay)).toBe(true);
  });

  it('carries only so many ways for one peer at a time', async () => {
    const { node: relay } = await relayNode();
    const greedy = await clientNode();
    const connection = await greedy.dial(relay.getMultiaddrs()[0]!);
    const streams: Stream[] = [];
    for (let i = 0; i < HOP_PROTOCOL.maxInboundPerPeer; i += 1) {
      streams.push(await connection.newStream(HOP_PROTOCOL.id, { maxOutboundStreams: 99 }));
    }
    const oneTooMany = await connection.newStream(HOP_PROTOCOL.id, { maxOutboundStreams: 99 });
    await closed(oneTooMany);
    expect(streams.every(({ status }) => status === 'open')).toBe(true);
  });
});

it('nobody reaches a node through a relay at which it has no place', async () => {
  const [node, stranger] = [await clientNode(), await clientNode()];
  const connection = await stranger.dial(node.getMultiaddrs()[0]!);
  const stream = await connection.newStream(STOP_PROTOCOL.id);
  await closed(stream);
  expect(node.getMultiaddrs().every((address) => !address.toString().includes('p2p-circuit'))).toBe(true);
});
