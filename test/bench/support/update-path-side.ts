import { parameterCount } from '#protocol/model-shape.ts';
import type { BlobHash } from '#protocol/ids.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { tensorSizes } from '#protocol/update/parts.ts';
import { encodeUpdateBlob } from '#protocol/update/update-blob.ts';
import { tokensPerStep } from '#protocol/update/update-header.ts';
import { type BlobStore, openBlobStore } from '#worker/blobs/blob-store.ts';
import { serveBlobs } from '#worker/blobs/serve-blobs.ts';
import { startPeer } from '#worker/peer/node.ts';
import { openUpdateCodec } from '#worker/update/open-codec.ts';
import { sharedFloats } from '#worker/update/shared-memory.ts';
import type { UpdateCodec } from '#worker/update/update-codec.ts';
import { CODEC_MODELS, type CodecModel, codecRun, codecTarget } from './codec-configs.ts';
import { fillPseudoGradients } from './pseudo-gradients.ts';
import { serveSide } from './serve-side.ts';

export interface SentUpdate {
  readonly encodeSeconds: number;
  readonly storeSeconds: number;
  readonly hash: BlobHash;
  readonly sizeBytes: number;
}

export interface UpdatePathRequests {
  /** Makes a difference and listens. */
  readonly open: {
    readonly ask: { readonly model: CodecModel; readonly threads: number; readonly folder: string };
    readonly reply: { readonly address: string; readonly values: number };
  };
  /** Another round: what the rounds before left is in the error buffer. */
  readonly send: { readonly ask: null; readonly reply: SentUpdate };
}

let spec: RunSpec;
let codec: UpdateCodec;
let store: BlobStore;
let difference: readonly Float32Array[];
let errors: readonly Float32Array[];

serveSide({
  open: async ({ model, threads, folder }: UpdatePathRequests['open']['ask']) => {
    spec = codecRun(CODEC_MODELS[model]);
    codec = openUpdateCodec(spec, threads);
    difference = tensorSizes(spec).map(sharedFloats);
    errors = tensorSizes(spec).map(sharedFloats);
    for (const [tensor, values] of difference.entries()) fillPseudoGradients(values, tensor, spec.update.chunkSize);
    const warn = (message: string): void => void process.stderr.write(`${message}\n`);
    store = await openBlobStore({ folder, warn });
    const peer = await startPeer({ listenAddress: '/ip4/127.0.0.1/tcp/0', seed: new Uint8Array(32).fill(8), warn });
    await serveBlobs(peer, store);
    return { address: peer.addresses()[0] ?? '', values: parameterCount(spec.model) };
  },
  send: async (): Promise<SentUpdate> => {
    const startMs = performance.now();
    const parts = await codec.encode(spec.update, difference, errors);
    const bytes = encodeUpdateBlob({ ...codecTarget, tokens: tokensPerStep(spec) }, parts);
    const encodedMs = performance.now();
    const hash = await store.put(bytes);
    const storedMs = performance.now();
    return {
      ...{ hash, sizeBytes: bytes.length },
      encodeSeconds: (encodedMs - startMs) / 1000,
      storeSeconds: (storedMs - encodedMs) / 1000,
    };
  },
});
