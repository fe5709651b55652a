import { describe, expect, it } from 'vitest';
import { encodeCbor } from '#protocol/envelope.ts';
import { decodeRunSpec, encodeRunSpec, runIdOf } from '#protocol/run-spec.ts';
import { smallRun } from '../support/small-run.ts';

const rates = (...pairs: readonly (readonly [number, number])[]) =>
  pairs.map(([fromStep, rate]) => ({ fromStep, rate }));

describe('a run specification', () => {
  it('round-trips and names the run by its bytes', () => {
    const bytes = encodeRunSpec(smallRun);
    expect(decodeRunSpec(bytes)).toEqual(smallRun);
    expect(runIdOf(bytes)).toMatch(/^[0-9a-f]{64}$/);
    expect(runIdOf(encodeRunSpec({ ...smallRun, initialSeed: 2 }))).not.toBe(runIdOf(bytes));
  });

  it.each([
    [
      'round',
      { blocks: 10, trainBlocks: 7, leadBlocks: 2 },
      /trainBlocks, the block after them and leadBlocks together must be below/,
    ],
    ['data', { ...smallRun.data, holdoutPages: 6 }, /leaves no page/],
    ['update', { ...smallRun.update, topK: 257 }, /topK must not exceed/],
    ['model', { ...smallRun.model, sequenceLength: 200 }, /at least one window/],
    ['model', { ...smallRun.model, vocabSize: 100 }, /vocabulary of at least 256/],
    ['inner', { ...smallRun.inner, learningRate: Number.NaN }, /inner.learningRate/],
    ['outer', { ...smallRun.outer, learningRates: [] }, /outer.learningRates/],
    ['outer', { ...smallRun.outer, learningRates: rates([1, 1]) }, /outer.learningRates must begin with fromStep 0/],
    ['outer', { ...smallRun.outer, learningRates: rates([0, 1], [9, 0.9], [9, 0.4]) }, /in the order of fromStep/],
    ['outer', { ...smallRun.outer, learningRates: rates([0, 1], [2.5, 0.9]) }, /outer.learningRates.1.fromStep/],
    ['outer', { ...smallRun.outer, learningRates: rates([0, Number.NaN]) }, /outer.learningRates.0.rate/],
    ['outer', { ...smallRun.outer, learningRates: rates([0, 0]) }, /outer.learningRates.0.rate/],
    ['outer', { ...smallRun.outer, momentum: 1 }, /outer.momentum/],
    ['outer', { ...smallRun.outer, momentum: -0.1 }, /outer.momentum/],
    ['outer', { ...smallRun.outer, momentum: undefined }, /outer.momentum/],
    ['outer', { ...smallRun.outer, mean: 'some' }, /outer.mean/],
    ['outer', { ...smallRun.outer, nesterov: true }, /outer.nesterov/],
    ['outer', { ...smallRun.outer, maxStaleness: 9 }, /outer.maxStaleness/],
    ['evaluation', { sequences: 1, workers: 20 }, /evaluation.sequences/],
    ['evaluation', { sequences: 2, workers: 0 }, /evaluation.workers/],
    ['version', 2, /version: it has version 2, this program reads 3/],
    ['scoring', undefined, /scoring/],
    ['scoring', { ...smallRun.scoring, memory: 1 }, /scoring.memory/],
    ['scoring', { ...smallRun.scoring, noiseLimit: 0.02 }, /scoring.noiseLimit must be below/],
    ['scoring', { ...smallRun.scoring, blatantLimit: 0.02 }, /scoring.poisonLimit must be below/],
    ['scoring', { ...smallRun.scoring, burn: 0.5 }, /scoring.burn/],
    ['version', 4, /version: it has version 4/],
    ['unknown', 1, /unknown/],
  ])('with a bad %s is refused by name', (field, value, message) => {
    expect(() => decodeRunSpec(encodeCbor({ ...smallRun, [field]: value }))).toThrow(message);
  });

  it('that is not CBOR is refused', () => {
    expect(() => decodeRunSpec(Uint8Array.of(0xff, 1, 2))).toThrow(/Malformed/);
  });
});
