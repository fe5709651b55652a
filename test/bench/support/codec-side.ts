import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openUpdateCodec } from '#worker/update/open-codec.ts';
import { sharedFloats } from '#worker/update/shared-memory.ts';
import type { UpdateCodec } from '#worker/update/update-codec.ts';
import { outerRuleAt } from '#protocol/outer-rule.ts';
import { initialWeights } from '#protocol/initial-weights.ts';
import { createTrainer } from '#worker/engine/trainer.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { tensorSizes } from '#protocol/update/parts.ts';
import { decodeUpdateBlob, encodeUpdateBlob, openUpdateBlob } from '#protocol/update/update-blob.ts';
import { tokensPerStep } from '#protocol/update/update-header.ts';
import { CODEC_MODELS, type CodecModel, codecRun, codecTarget } from './codec-configs.ts';
import { withExtraMemory } from './extra-memory.ts';
import { fillPseudoGradients } from './pseudo-gradients.ts';
import { serveSide } from './serve-side.ts';
import { readDevnetText, textWindows } from './text-windows.ts';

export interface CodecSample {
  readonly seconds: number;
}

/** The most that was resident beside input and output; `null` where the system does not tell. */
export interface CodecMemory {
  readonly extraBytes: number | null;
}

interface Opened {
  readonly model: CodecModel;
  readonly threads: number;
}

export interface CodecQuality {
  readonly bitsPerParameter: number;
  /** Squared error of what is kept, as a share of its squares. */
  readonly relativeError: number;
}

export interface CodecRequests {
  /** Makes parameters, a difference, and the updates of so many peers. */
  readonly open: {
    readonly ask: Opened & { readonly peers: number };
    readonly reply: null;
  };
  /** Error feedback, top-k, quantiser, packing: from Δ and e to the blob. */
  readonly encode: { readonly ask: null; readonly reply: CodecSample & CodecQuality };
  /** From the peers' blobs to the next parameters: every byte is checked. */
  readonly merge: { readonly ask: null; readonly reply: CodecSample };
  /** An encode as the first work of the process. */
  readonly encodeFirst: { readonly ask: Opened; readonly reply: CodecMemory };
  /** Makes the updates of so many peers and writes them to files. */
  readonly save: { readonly ask: Opened & { readonly peers: number; readonly folder: string }; readonly reply: null };
  /** A merge of what was saved as the first work of the process. */
  readonly mergeFirst: { readonly ask: Opened & { readonly folder: string }; readonly reply: CodecMemory };
  /** On what so many inner steps of the devnet's model on its text leave, for both quantisers. */
  readonly recorded: {
    readonly ask: { readonly steps: number; readonly threads: number };
    readonly reply: { readonly nearest: CodecQuality; readonly deviation: CodecQuality };
  };
}

let spec: RunSpec;
let codec: UpdateCodec;
let difference: readonly Float32Array[];
let errors: readonly Float32Array[];
let parameters: readonly Float32Array[];
let blobs: readonly Uint8Array[];

serveSide({
  open: async ({ peers, ...opened }: CodecRequests['open']['ask']) => {
    open(opened);
    blobs = await updatesOf(peers);
    return null;
  },
  encode: async () => {
    for (const error of errors) error.fill(0);
    const startMs = performance.now();
    const blob = await encodeBlob(spec);
    return { seconds: (performance.now() - startMs) / 1000, ...qualityOf(spec, difference, blob) };
  },
  merge: async () => {
    const startMs = performance.now();
    await merge(blobs, (blob) => Promise.resolve(blob));
    return { seconds: (performance.now() - startMs) / 1000 };
  },
  encodeFirst: async (opened: Opened) => {
    open(opened);
    fillDifference(0);
    for (const error of errors) error.fill(0); // the system gives memory when it is written
    const { value: blob, extraBytes } = await withExtraMemory(() => encodeBlob(spec));
    return { extraBytes: extraBytes === null ? null : extraBytes - blob.length };
  },
  save: async ({ peers, folder, ...opened }: CodecRequests['save']['ask']) => {
    open(opened);
    for (const [peer, blob] of (await updatesOf(peers)).entries()) await writeFile(join(folder, String(peer)), blob);
    return null;
  },
  mergeFirst: async ({ folder, ...opened }: CodecRequests['mergeFirst']['ask']) => {
    open(opened);
    const names = await readdir(folder);
    let blobBytes = 0;
    const { extraBytes } = await withExtraMemory(() =>
      merge(names, async (name) => {
        const blob = await readFile(join(folder, name));
        blobBytes += blob.length;
        return blob;
      }),
    );
    const outputBytes = parameters.reduce((sum, { byteLength }) => sum + byteLength, 0);
    return { extraBytes: extraBytes === null ? null : extraBytes - outputBytes - blobBytes };
  },
  recorded: async ({ steps, threads }: CodecRequests['recorded']['ask']) => {
    spec = codecRun(CODEC_MODELS.tiny);
    codec = openUpdateCodec(spec, threads);
    difference = await trainedDifference(steps, threads);
    errors = tensorSizes(spec).map(sharedFloats);
    const qualityWith = async (quantiser: RunSpec['update']['quantiser']) => {
      const run = codecRun(spec.model, quantiser);
      return qualityOf(run, difference, await encodeOnce(run));
    };
    return { nearest: await qualityWith('nearest'), deviation: await qualityWith('deviation') };
  },
});

function open({ model, threads }: Opened): void {
  spec = codecRun(CODEC_MODELS[model]);
  codec = openUpdateCodec(spec, threads);
  parameters = initialWeights(spec.model, 0);
  difference = tensorSizes(spec).map(sharedFloats);
  errors = tensorSizes(spec).map(sharedFloats);
}

function fillDifference(peer: number): void {
  for (const [tensor, values] of difference.entries()) {
    fillPseudoGradients(values, 10_000 * peer + tensor, spec.update.chunkSize);
  }
}

async function updatesOf(peers: number): Promise<readonly Uint8Array[]> {
  const made: Uint8Array[] = [];
  for (let peer = 0; peer < peers; peer += 1) {
    fillDifference(peer);
    made.push(await encodeOnce(spec));
  }
  return made;
}

/** As a worker follows a manifest. */
async function merge<B>(from: readonly B[], read: (blob: B) => Promise<Uint8Array>): Promise<readonly Float32Array[]> {
  const updates = [];
  for (const [peer, blob] of from.entries()) {
    updates.push({ update: openUpdateBlob(spec, codecTarget, await read(blob)), weight: 1, from: String(peer) });
  }
  const state = { parameters, momentum: [] };
  return (await codec.step(spec, outerRuleAt(spec.outer, 0), state, updates)).parameters;
}

const encodeBlob = async (run: RunSpec): Promise<Uint8Array> =>
  encodeUpdateBlob({ ...codecTarget, tokens: tokensPerStep(run) }, await codec.encode(run.update, difference, errors));

/** With nothing left from rounds before. */
function encodeOnce(run: RunSpec): Promise<Uint8Array> {
  for (const error of errors) error.fill(0);
  return encodeBlob(run);
}

/** Of a blob that was made of `sent` with an empty error buffer. */
function qualityOf(run: RunSpec, sent: readonly Float32Array[], blob: Uint8Array): CodecQuality {
  let [count, kept, lost] = [0, 0, 0];
  for (const [tensor, { indices, values }] of decodeUpdateBlob(run, codecTarget, blob).entries()) {
    const given = sent[tensor] ?? new Float32Array(0);
    count += given.length;
    for (const [i, index] of indices.entries()) {
      const value = given[index] ?? 0;
      kept += value ** 2;
      lost += (value - (values[i] ?? 0)) ** 2;
    }
  }
  return { bitsPerParameter: (8 * blob.length) / count, relativeError: lost / kept };
}

/** θ_start − θ_local after so many inner steps as the devnet's workers make them. */
async function trainedDifference(steps: number, threads: number): Promise<readonly Float32Array[]> {
  const { model } = spec;
  const [batchSize, learningRate] = [8, 2e-3];
  const text = await readDevnetText();
  const trainer = await createTrainer({ config: model, batchSize, threads, provider: 'cpu' });
  try {
    const start = initialWeights(model, 0);
    trainer.load(start);
    for (let step = 0; step < steps; step += 1) {
      await trainer.trainStep(textWindows(text, batchSize, model.sequenceLength, step), learningRate);
    }
    const end = await trainer.parameters();
    return start.map((values, tensor) => {
      const left = sharedFloats(values.length);
      for (const [i, value] of values.entries()) left[i] = value - (end[tensor]?.[i] ?? 0);
      return left;
    });
  } finally {
    await trainer.dispose();
  }
}
