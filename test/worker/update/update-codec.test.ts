import { afterAll, describe, expect, it } from 'vitest';
import { outerStep } from '#protocol/outer-step.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { compressUpdate } from '#protocol/update/compress.ts';
import { longestPartLength, tensorSizes } from '#protocol/update/parts.ts';
import { decodeUpdateBlob, encodeUpdateBlob, openUpdateBlob } from '#protocol/update/update-blob.ts';
import { HEADER_BYTES, tokensPerStep } from '#protocol/update/update-header.ts';
import { hashedFloats } from '#protocol/integer-hash.ts';
import { initialWeights } from '#protocol/initial-weights.ts';
import { sharedFloats } from '#worker/update/shared-memory.ts';
import { createUpdateThreads } from '#worker/update/thread-pool.ts';
import { createUpdateCodec } from '#worker/update/update-codec.ts';
import { goldenTarget as target } from '../../support/golden-updates.ts';
import { inlineCodec } from '../../support/inline-codec.ts';
import { smallRun } from '../../support/small-run.ts';

/** Its embedding has three parts and a ragged end. */
const update: RunSpec['update'] = { ...smallRun.update, chunkSize: 64, topK: 2 };
const vocabSize = Math.ceil((2.5 * longestPartLength(update)) / smallRun.model.hiddenSize);
const spec: RunSpec = { ...smallRun, model: { ...smallRun.model, vocabSize }, update };
const sizes = tensorSizes(spec);
const shared = (values: Float32Array): Float32Array => {
  const copy = sharedFloats(values.length);
  copy.set(values);
  return copy;
};
const differences = (seed: number) => sizes.map((size, i) => shared(hashedFloats(size, 100 * seed + i, 0.01)));
const noErrors = () => sizes.map(sharedFloats);
const blobOf = (parts: readonly Uint8Array[]) => encodeUpdateBlob({ ...target, tokens: tokensPerStep(spec) }, parts);
const blobs = [1, 2, 3].map((seed) => blobOf(compressUpdate(update, differences(seed), noErrors())));

const threads = createUpdateThreads(2);
const codec = createUpdateCodec(threads);
afterAll(() => codec.dispose());

describe.each([
  ['on threads', codec],
  ['without threads', inlineCodec],
])('work on updates %s', (_, updates) => {
  it('encodes as the plain program does, and leaves the same errors', async () => {
    const [errors, expected] = [noErrors(), noErrors()];
    const parts = await updates.encode(update, differences(1), errors);
    expect(parts).toEqual(compressUpdate(update, differences(1), expected));
    expect(errors).toEqual(expected);
  });

  it('gives back what was not merged', async () => {
    const errors = differences(5);
    const parts = await updates.encode({ ...update, errorDecay: 1 }, noErrors(), errors);
    expect(errors).not.toEqual(differences(5));
    await updates.giveBack(update, parts, errors);
    for (const [tensor, values] of differences(5).entries()) {
      expect(errors[tensor]!.every((value, i) => Math.abs(value - values[i]!) < 1e-8)).toBe(true);
    }
  });

  it.each([0, 0.9])('makes the outer step of the plain program with momentum %s, bit by bit', async (decay) => {
    const initial = () => ({
      parameters: initialWeights(spec.model, 1),
      momentum: decay === 0 ? [] : sizes.map((size, i) => hashedFloats(size, i, 0.02)),
    });
    const state = initial();
    const rule = { learningRate: 0.7, mean: 'senders', momentum: decay } as const;
    const weights = [1, 3, 2];
    // Buffers, as the store reads them: none may lose its memory to a thread.
    const stored = blobs.map((blob) => Buffer.from(blob));
    const checked = await Promise.all(stored.map((blob) => updates.check(spec, target, blob)));
    expect(stored.map((blob) => new Uint8Array(blob))).toEqual(blobs);
    const stepped = await updates.step(
      spec,
      rule,
      state,
      checked.map((checkedUpdate, i) => ({ update: checkedUpdate, weight: weights[i]!, from: String(i) })),
    );
    const contributions = blobs.map((blob, i) => ({
      tensors: decodeUpdateBlob(spec, target, blob),
      weight: weights[i]!,
    }));
    expect(stepped).toEqual(outerStep(rule, state, contributions));
    expect(state, 'the state before stays').toEqual(initial());
    expect(await updates.step(spec, rule, state, [])).toEqual(state);
  });

  it('refuses an update that is wrong in its last part, as a breach of protocol', async () => {
    const broken = blobs[0]!.slice(0, -1);
    const lengths = new DataView(broken.buffer, HEADER_BYTES);
    const last = 4 * (compressUpdate(update, differences(1), noErrors()).length - 1);
    lengths.setUint32(last, lengths.getUint32(last, true) - 1, true);
    await expect(updates.check(spec, target, broken)).rejects.toMatchObject({
      code: 'PROTOCOL',
      name: 'ProtocolError',
    });
  });

  it('names the peer whose update lies about its norm, when it is stepped with and when it is checked', async () => {
    const lying = blobs[1]!.slice();
    const lengths = 4 * compressUpdate(update, differences(1), noErrors()).length;
    lying[HEADER_BYTES + lengths]! ^= 1;
    const lie = /part claims a sum of squares of/;
    await expect(updates.check(spec, target, lying)).rejects.toThrow(lie);
    const sent = [blobs[0]!, lying, blobs[2]!].map((blob, i) => ({
      ...{ update: openUpdateBlob(spec, target, blob), weight: 1, from: `peer ${i}` },
    }));
    const state = { parameters: initialWeights(spec.model, 1), momentum: [] };
    const rule = { learningRate: 0.7, mean: 'senders', momentum: 0 } as const;
    await expect(updates.step(spec, rule, state, sent)).rejects.toMatchObject({
      ...{ code: 'PROTOCOL', name: 'ProtocolError' },
      message: expect.stringMatching(/^Update part 0: Update of peer 1: part claims/) as string,
    });
    expect(state.parameters).toEqual(initialWeights(spec.model, 1));
  });

  it('refuses a difference that is not finite, and leaves the errors alone', async () => {
    const [broken, errors] = [differences(1), noErrors()];
    broken.at(-1)![3] = Number.NaN;
    await expect(updates.encode(update, broken, errors)).rejects.toMatchObject({
      code: 'ENGINE',
      message: expect.stringContaining(`not finite in tensor ${sizes.length - 1}`) as string,
    });
    expect(errors).toEqual(noErrors());
  });
});

describe('threads', () => {
  it('refuse errors that they could not change', async () => {
    const errors = sizes.map((size) => new Float32Array(size));
    await expect(codec.encode(update, differences(1), errors)).rejects.toThrow(/shared memory/);
  });

  it('fail what is under way and what comes later once they are ended', async () => {
    const ended = createUpdateCodec(createUpdateThreads(1));
    const encoding = ended.encode(update, differences(1), noErrors());
    const failure = expect(encoding).rejects.toMatchObject({ code: 'ABORTED' });
    await ended.dispose();
    await failure;
    await expect(ended.encode(update, differences(1), noErrors())).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('work while this thread does something else', async () => {
    const length = longestPartLength(update);
    const error = sharedFloats(length);
    const isChanged = () => new Int32Array(error.buffer).some((bits) => bits !== 0);
    const working = threads.run('encode', { spec: update, difference: differences(1)[0]!.subarray(0, length), error });
    // This thread hears nothing meanwhile, so that nobody but another thread can change the errors.
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const endMs = performance.now() + 15_000;
    while (!isChanged() && performance.now() < endMs) Atomics.wait(pause, 0, 0, 1);
    expect(isChanged()).toBe(true);
    await working;
  });
});
