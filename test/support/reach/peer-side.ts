import { createInterface } from 'node:readline';
import { errorCode, errorMessage } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { openBlobStore } from '#worker/blobs/blob-store.ts';
import { fetchInto } from '#worker/blobs/fetch-blob.ts';
import { serveBlobs } from '#worker/blobs/serve-blobs.ts';
import { FairRate } from '#worker/peer/fair-rate.ts';
import { createLibp2pNode } from '#worker/peer/libp2p-node.ts';
import { Libp2pPeer } from '#worker/peer/node.ts';

/** One node in a process of its own, so that it can live in a network namespace; see peer-in-namespace.ts. */
const { seed, folder, listenAddress, asksLocally } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly seed: number;
  readonly folder: string;
  readonly listenAddress: string;
  readonly asksLocally: boolean;
};

export type Said =
  | { readonly kind: 'ready'; readonly peerId: string; readonly address: string | null }
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'connection'; readonly peerId: string; readonly direct: boolean; readonly address: string }
  | { readonly kind: 'warning'; readonly message: string }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly code: string | null; readonly message: string };

export type Asked = { readonly id: number } & (
  | { readonly do: 'introduce'; readonly addresses: readonly string[] }
  | { readonly do: 'put'; readonly text: string; readonly times: number }
  | { readonly do: 'fetch'; readonly hash: string; readonly from: string }
);

const say = (said: Said): void => void process.stdout.write(`${JSON.stringify(said)}\n`);
const warn = (message: string): void => say({ kind: 'warning', message });

const made = await createLibp2pNode({ listenAddress, seed: new Uint8Array(32).fill(seed), warn, asksLocally });
made.node.addEventListener('connection:open', ({ detail }) => {
  const { direct, remotePeer, remoteAddr } = detail;
  say({ kind: 'connection', peerId: remotePeer.toString(), direct, address: remoteAddr.toString() });
});
await made.node.start();
const peer = new Libp2pPeer(made, warn);
const store = await openBlobStore({ folder, warn, quotaBytes: 1024 ** 3 });
await serveBlobs(peer, store, { caps: {} });
peer.onAddress((address) => say({ kind: 'address', address }));
say({ kind: 'ready', peerId: peer.peerId, address: peer.address() });

async function answer(asked: Asked): Promise<unknown> {
  switch (asked.do) {
    case 'introduce':
      peer.introduce(asked.addresses);
      return null;
    case 'put':
      return store.put(new TextEncoder().encode(asked.text.repeat(asked.times)));
    case 'fetch': {
      const messages: string[] = [];
      await fetchInto(store, {
        ...{ peer, hash: asked.hash as BlobHash, maxBytes: 256 * 1024 * 1024, signal: AbortSignal.timeout(60_000) },
        ...{ inbound: new FairRate({}), sources: [asked.from], findMore: async function* () {} },
        onFailure: ({ message }) => void messages.push(message),
      });
      return { sizeBytes: (await store.get(asked.hash as BlobHash))?.length ?? null, messages };
    }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line) as Asked;
  answer(asked).then(
    (value) => say({ kind: 'done', id: asked.id, value }),
    (error: unknown) =>
      say({
        kind: 'failed',
        id: asked.id,
        code: error instanceof Error ? (errorCode(error) ?? null) : null,
        message: errorMessage(error),
      }),
  );
}
await peer.stop();
