import { describe, expect, it } from 'vitest';
import { encodeCbor } from '#protocol/envelope.ts';
import { decodeRunSpec, encodeRunSpec, runIdOf } from '#protocol/run-spec.ts';
import { smallRun } from '../support/small-run.ts';

describe('a run specification', () => {
  it('round-trips and names the run by its bytes', () => {
    const bytes = encodeRunSpec(smallRun);
    expect(decodeRunSpec(bytes)).toEqual(smallRun);
    expect(runIdOf(bytes)).toMatch(/^[0-9a-f]{64}$/);
    expect(runIdOf(encodeRunSpec({ ...smallRun, initialSeed: 2 }))).not.toBe(runIdOf(bytes));
  });

  it.each([
    ['round', { blocks: 10, trainBlocks: 10 }, /trainBlocks must be below/],
    ['data', { ...smallRun.data, holdoutPages: 6 }, /leaves no page/],
    ['update', { ...smallRun.update, topK: 257 }, /topK must not exceed/],
    ['model', { ...smallRun.model, sequenceLength: 200 }, /at least one window/],
    ['model', { ...smallRun.model, vocabSize: 100 }, /vocabulary of at least 256/],
    ['inner', { ...smallRun.inner, learningRate: Number.NaN }, /inner.learningRate/],
    ['version', 2, /version/],
    ['unknown', 1, /unknown/],
  ])('with a bad %s is refused by name', (field, value, message) => {
    expect(() => decodeRunSpec(encodeCbor({ ...smallRun, [field]: value }))).toThrow(message);
  });

  it('that is not CBOR is refused', () => {
    expect(() => decodeRunSpec(Uint8Array.of(0xff, 1, 2))).toThrow(/Malformed/);
  });
});
