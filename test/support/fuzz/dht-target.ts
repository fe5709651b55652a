import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import type { Connection, PeerId, Stream } from '@libp2p/interface';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { tcp } from '@libp2p/tcp';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { concatBytes, uint32Bytes } from '#protocol/bytes.ts';
import { blobHash } from '#protocol/hash.ts';
import { PROVIDER_PROTOCOL } from '#protocol/peer/provider-protocol.ts';
import type { NodeComponents } from '#worker/peer/dht/guarded-components.ts';
import { MAX_RECORDS } from '#worker/peer/dht/record-store.ts';
import { ProviderRecords } from '#worker/peer/dht/provider-records.ts';
import { type DhtMessage, encodeDhtMessage, framed, keyOf } from '../dht-messages.ts';
import { mutate } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

const STRANGERS = 40;
const LIFE_MS = 20_000;
/** The library holds on to each stream for so long, also when it has ended; a node lets it have no more than so many meanwhile. */
const HELD_MS = 10_500;
const HELD_STREAMS = 2000;

/** What strangers send to a node of the DHT, over whole streams. */
export const dhtTarget: FuzzTarget = {
  name: 'dht',
  about: 'streams of messages to a node of the DHT that keeps provider records',
  share: 1,
  capBytes: 128 * 2 ** 20,
  async open() {
    let nowMs = 0;
    let count = 0;
    const seen: { components?: NodeComponents } = {};
    const node = await createLibp2p({
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: {
        providers: (components: NodeComponents) => {
          seen.components = components;
          return new ProviderRecords(components, { allowLoopback: true, nowMs: () => nowMs });
        },
      },
    });
    const { handler } = seen.components!.registrar.getHandler(PROVIDER_PROTOCOL.id);
    const strangers = await Promise.all(
      Array.from({ length: STRANGERS }, async (_, i) =>
        peerIdFromPrivateKey(await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(i + 1))),
      ),
    );
    const seeds = strangers.map((stranger, i) => messagesOf(stranger, i));
    return {
      async prepare(random) {
        count += 1;
        if (count % HELD_STREAMS === 0) await new Promise((resolve) => setTimeout(resolve, HELD_MS));
        const from = random.nextBelow(STRANGERS);
        const mine = seeds[from]!;
        const pick = (): Uint8Array => mine[random.nextBelow(mine.length)]!;
        const first = mutate(pick(), pick(), random);
        const bytes = random.nextBelow(3) === 0 ? concatBytes(pick(), first) : first;
        return async () => {
          nowMs += 1000; // no more from one stranger in a minute than it may
          const stream = new StrangerStream();
          const done = handler(stream.asStream(), { remotePeer: strangers[from]! } as Connection);
          stream.deliver(bytes);
          await done;
          if (node.services.providers.records.size > MAX_RECORDS) throw new Error('More records than the limit');
          return stream.sentCount > 0;
        };
      },
      close: async () => {
        await node.stop();
      },
    };
  },
};

function messagesOf(stranger: PeerId, number: number): readonly Uint8Array[] {
  const self = {
    id: stranger.toMultihash().bytes,
    addresses: [multiaddr(`/ip4/192.0.2.${number}/tcp/4001`).bytes, multiaddr('/dns4/example.org/tcp/4001').bytes],
  };
  const key = keyOf(blobHash(uint32Bytes(number)));
  const messages: readonly DhtMessage[] = [
    { type: 'addProvider', key, providers: [self] },
    { type: 'getProviders', key },
    { type: 'findNode', key: self.id },
    { type: 'getValue', key: concatBytes(new TextEncoder().encode('/pk/'), self.id) },
    { type: 'putValue', key, record: new Uint8Array([10, 1, 65, 18, 1, 66]) },
    { type: 'ping', closer: [self, self], providers: [self] },
  ];
  return messages.map((message) => framed(encodeDhtMessage(message)));
}

/** As much of a libp2p stream as the DHT's handler uses: the other end has sent its bytes and closed. */
class StrangerStream extends EventTarget {
  status = 'open';
  readStatus = 'readable';
  remoteWriteStatus = 'writable';
  readonly readBufferLength = 0;
  readonly timeline = {};
  sentCount = 0;
  readonly log = Object.assign(() => undefined, { error: () => undefined, trace: () => undefined });
  readonly #life = setTimeout(() => this.abort(), LIFE_MS);

  asStream(): Stream {
    return this as unknown as Stream;
  }

  deliver(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += 1000) {
      this.dispatchEvent(Object.assign(new Event('message'), { data: bytes.slice(at, at + 1000) }));
    }
    this.remoteWriteStatus = 'closed';
    this.dispatchEvent(new Event('remoteCloseWrite'));
  }

  send(): boolean {
    this.sentCount += 1;
    return true;
  }

  push(): void {
    // Nothing is given back.
  }

  closeRead(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#end();
    return Promise.resolve();
  }

  abort(): void {
    this.#end();
  }

  #end(): void {
    if (this.status === 'closed') return;
    this.status = 'closed';
    this.readStatus = 'closed';
    this.remoteWriteStatus = 'closed';
    clearTimeout(this.#life);
    this.dispatchEvent(new Event('close'));
  }
}
