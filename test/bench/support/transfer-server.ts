import { join } from 'node:path';
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import type { Libp2p, Stream } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import type { BlobHash } from '#protocol/ids.ts';
import { openBlobStore } from '#worker/blobs/blob-store.ts';
import { type ServeBlobsOptions, serveBlobs } from '#worker/blobs/serve-blobs.ts';
import { startPeer } from '#worker/peer/node.ts';

/** The sending process of blob-transfer.bench.ts: serves one blob from four peers, and as many bytes over a bare libp2p stream. */
export interface Served {
  readonly hash: BlobHash;
  readonly address: string;
  readonly rawAddress: string;
  /** Three peers with the same blob, each of which sends no more than `CAP_BYTES_PER_SECOND`. */
  readonly capped: readonly string[];
}

const CAP_BYTES_PER_SECOND = 40_000_000;

/** What a bare sender hands to its stream at once. */
const RAW_WRITE_BYTES = 128 * 1024;

export const RAW_PROTOCOL = '/millrace-bench/raw/1.0.0';

export const rawNode = (): Promise<Libp2p> =>
  createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  });

export async function receiveRaw(node: Libp2p, address: string, protocol: string, sizeBytes: number): Promise<void> {
  const stream = await node.dialProtocol(multiaddr(address), protocol);
  let received = 0;
  await new Promise<void>((resolve, reject) => {
    stream.addEventListener('message', ({ data }) => {
      received += data.byteLength;
      if (received === sizeBytes) resolve();
    });
    stream.addEventListener('close', ({ error }) => reject(error ?? new Error(`Closed after ${received} bytes`)));
  });
  await stream.close();
}

async function sendRaw(stream: Stream, sizeBytes: number): Promise<void> {
  const piece = new Uint8Array(RAW_WRITE_BYTES).fill(7);
  for (let sent = 0; sent < sizeBytes; sent += piece.length) {
    stream.send(piece.slice());
    while (stream.writableNeedsDrain) {
      await new Promise<void>((resolve) => stream.addEventListener('drain', () => resolve(), { once: true }));
    }
  }
  await stream.close();
}

async function serve(folder: string, sizeBytes: number): Promise<void> {
  const warn = (message: string): void => void process.stderr.write(`${message}\n`);
  const store = await openBlobStore({ folder: join(folder, 'served'), warn });
  const hash = await store.put(new Uint8Array(sizeBytes).fill(7));
  const peerWith = async (seed: number, options: ServeBlobsOptions): Promise<string> => {
    const peer = await startPeer({ listenAddress: '/ip4/127.0.0.1/tcp/0', seed: new Uint8Array(32).fill(seed), warn });
    await serveBlobs(peer, store, options);
    const [address] = peer.addresses();
    if (address === undefined) throw new Error('No address to listen on');
    return address;
  };
  const address = await peerWith(8, {});
  const caps = { bytesPerSecond: CAP_BYTES_PER_SECOND };
  const capped = await Promise.all([10, 11, 12].map((seed) => peerWith(seed, { caps })));
  const raw = await rawNode();
  await raw.handle(RAW_PROTOCOL, (stream) => sendRaw(stream, sizeBytes));
  const rawAddress = raw.getMultiaddrs()[0]?.toString();
  if (rawAddress === undefined) throw new Error('No address to listen on');
  const served: Served = { hash, address, rawAddress, capped };
  process.once('disconnect', () => process.exit());
  process.send?.(served);
}

const [script, folder, size] = process.argv.slice(1);
if (script === import.meta.filename && folder !== undefined) await serve(folder, Number(size));
