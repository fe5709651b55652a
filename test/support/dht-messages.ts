import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { identify } from '@libp2p/identify';
import type { Libp2p, Stream } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { createLibp2p } from 'libp2p';
import { concatBytes, fromHex } from '#protocol/bytes.ts';
import { PROVIDER_PROTOCOL } from '#protocol/peer/provider-protocol.ts';

/** The DHT's messages, written by hand, so that a test can send what no honest node would. */
const TYPES = { putValue: 0, getValue: 1, addProvider: 2, getProviders: 3, findNode: 4, ping: 5 } as const;

export interface DhtPeer {
  readonly id: Uint8Array;
  readonly addresses: readonly Uint8Array[];
}

export interface DhtMessage {
  readonly type: keyof typeof TYPES;
  readonly key?: Uint8Array;
  readonly record?: Uint8Array;
  readonly closer?: readonly DhtPeer[];
  readonly providers?: readonly DhtPeer[];
}

export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return new Uint8Array([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

const field = (number: number, bytes: Uint8Array): Uint8Array =>
  concatBytes(varint(number * 8 + 2), varint(bytes.length), bytes);

const peerField = (number: number, { id, addresses }: DhtPeer): Uint8Array =>
  field(number, concatBytes(field(1, id), ...addresses.map((address) => field(2, address))));

export function encodeDhtMessage({ type, key, record, closer = [], providers = [] }: DhtMessage): Uint8Array {
  return concatBytes(
    ...(TYPES[type] === 0 ? [] : [concatBytes(varint(8), varint(TYPES[type]))]),
    ...(key === undefined ? [] : [field(2, key)]),
    ...(record === undefined ? [] : [field(3, record)]),
    ...closer.map((peer) => peerField(8, peer)),
    ...providers.map((peer) => peerField(9, peer)),
  );
}

/** With its length in front, as it goes over a stream. */
export const framed = (message: Uint8Array): Uint8Array => concatBytes(varint(message.length), message);

/** The key under which a blob's providers are: a SHA-256 multihash. */
export const keyOf = (hash: string): Uint8Array => concatBytes(new Uint8Array([0x12, 0x20]), fromHex(hash));

/** A libp2p node without any of our guards, whose DHT streams a test answers as it likes. */
export async function bareDhtNode(answer?: (stream: Stream) => void): Promise<Libp2p> {
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() },
  });
  await node.handle(PROVIDER_PROTOCOL.id, (stream) => answer?.(stream), { maxInboundStreams: 1000 });
  return node;
}

/** That node as a provider of itself, or as a node that is closer to something. */
export const asDhtPeer = (node: Libp2p): DhtPeer => ({
  id: node.peerId.toMultihash().bytes,
  addresses: node.getMultiaddrs().map((address) => address.bytes),
});
