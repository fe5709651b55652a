import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '#protocol/errors.ts';
import type { AnnounceReply } from '#protocol/peer/announce-protocol.ts';
import { openBlobStore } from '#worker/blobs/blob-store.ts';
import { fetchInto } from '#worker/blobs/fetch-blob.ts';
import { serveBlobs } from '#worker/blobs/serve-blobs.ts';
import { createCheckpointKeeper } from '#worker/checkpoint/checkpoint-keeper.ts';
import { startPeer } from '#worker/peer/node.ts';
import type { BlobSource } from '#worker/run/blob-source.ts';
import { keepBlobs } from '#worker/run/kept-blobs.ts';
import { openUpdateCodec } from '#worker/update/open-codec.ts';
import { createLatest } from '#protocol/chain/latest.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { digestOf } from './digest.ts';
import type { Head } from './lockstep-network.ts';
import { lockstepRun } from './lockstep-run.ts';
import { playLockstep, type Stage } from './lockstep-worker.ts';

/** From the parent: where the chain is, and answers to announcements. */
export type ToWorker =
  | { readonly kind: 'head'; readonly head: Head }
  | { readonly kind: 'reply'; readonly id: number; readonly reply: AnnounceReply };
/** To the parent. Everything else is a line on stdout, written at once: what a killed process has said counts. */
export interface Announced {
  readonly id: number;
  readonly address: string;
  readonly hex: string;
}

/**
 * A worker process for tests with `kill -9`: plays lockstep rounds with the real store, transfer, codec, error buffer and
 * checkpoints. Tells each stage that it begins and ends, and what it saves.
 */
const tell = (...words: readonly (string | number)[]): void => void writeSync(1, `${words.join('\t')}\n`);
tell('begin', 'start');
const [folder, networkAddress, width, layers, quotaBytes] = process.argv.slice(2);
if (folder === undefined || networkAddress === undefined)
  throw new Error('worker-until-killed FOLDER ADDRESS SIZE QUOTA');
const run = lockstepRun({ width: Number(width), layers: Number(layers) });
const warn = (message: string): void => tell('warning', message);
const stopping = new AbortController();
const { signal } = stopping;

const store = await openBlobStore({ folder: join(folder, 'blobs'), quotaBytes: Number(quotaBytes), warn });
const peer = await startPeer({ listenAddress: '/ip4/127.0.0.1/tcp/0', seed: randomBytes(32), warn });
await serveBlobs(peer, store);
const [address = ''] = peer.addresses();
const touched = new Set<BlobHash>();
const put = async (bytes: Uint8Array): Promise<BlobHash> => {
  const hash = await store.put(bytes);
  touched.add(hash);
  return hash;
};
const blobs: BlobSource = {
  async get(hash, { from, maxBytes, signal: stop }) {
    await fetchInto(store, { peer, hash, maxBytes, signal: stop, sources: from });
    touched.add(hash);
    const bytes = await store.get(hash);
    if (bytes === null) throw new MillraceError('BLOB_MISSING', `Blob ${hash} vanished`);
    return bytes;
  },
};

let isStarted = false;
/** Stages may overlap: a checkpoint is written beside a round. */
const staged = async <T>(stage: Stage, work: () => Promise<T>): Promise<T> => {
  if (!isStarted) tell('end', 'start');
  isStarted = true;
  tell('begin', stage);
  const result = await work();
  tell('end', stage);
  return result;
};

const heads = createLatest<Head>();
const replies = new Map<number, (reply: AnnounceReply) => void>();
process.on('message', (message: ToWorker) => {
  if (message.kind === 'head') heads.set(message.head);
  else replies.get(message.id)?.(message.reply);
});
process.on('disconnect', () => process.exit());
let announced = 0;

await playLockstep(
  {
    ...{ run, path: join(folder, 'error-buffer.bin'), staged, blobs, warn, validatorAddress: networkAddress },
    updates: openUpdateCodec(run.spec, 2),
    putBlob: async (bytes) => {
      const hash = await put(bytes);
      store.pin('own update', [hash]);
      return hash;
    },
    announce: (_, bytes) => {
      announced += 1;
      const message: Announced = { id: announced, address, hex: Buffer.from(bytes).toString('hex') };
      const { promise, resolve } = Promise.withResolvers<AnnounceReply>();
      replies.set(message.id, resolve);
      process.send?.(message);
      return promise;
    },
    address: () => address,
    onHead: (listener) => heads.subscribe(listener),
    onSaved: (round, isSent, errors) => tell('saving', round, isSent ? 'sent' : 'returned', digestOf(errors)),
    checkpoints: createCheckpointKeeper({
      ...{ run, warn, signal },
      store: {
        put: (bytes) => staged('checkpoint', () => put(bytes)),
        quotaBytes: Infinity,
        keep: (hashes) => store.pin('checkpoint', hashes),
      },
    }),
    onStep: keepBlobs(
      run,
      {
        store,
        takeTouched: () => {
          const hashes = [...touched];
          touched.clear();
          return hashes;
        },
      },
      warn,
    ),
  },
  signal,
);
