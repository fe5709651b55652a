import { describe, expect, it } from 'vitest';
import { uint32Bytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { hashedFloats, integerHash } from '#protocol/integer-hash.ts';
import { randomStream } from '#protocol/random.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { PartEncoder } from '#protocol/update/part-encoder.ts';
import { MAX_LEVEL } from '#protocol/update/quantiser.ts';
import { type SentPart, stepPart } from '#worker/update/step-part.ts';
import { createSimdSelector } from '#worker/update/wasm/simd-selector.ts';
import { createSimdStepper } from '#worker/update/wasm/simd-stepper.ts';
import { createSimdTools } from '#worker/update/wasm/simd-tools.ts';

type UpdateSpec = RunSpec['update'];
const step = createSimdStepper()!;
const PEERS = 3;

/** A number in from … to that follows from the case. */
const drawn = (seed: number, what: number, from: number, to: number): number =>
  from + (integerHash(seed, what) % (to - from + 1));

function caseOf(seed: number) {
  const chunkSize = drawn(seed, 1, 64, seed % 2 === 0 ? 4096 : 300);
  const spec: UpdateSpec = {
    ...{ chunkSize, topK: drawn(seed, 2, 1, seed % 5 === 0 ? chunkSize : Math.ceil(chunkSize / 16)) },
    ...{ bits: drawn(seed, 3, 1, 4), quantiser: seed % 11 === 10 ? 'deviation' : 'nearest' },
    errorDecay: seed % 7 === 0 ? 1 : 0.95,
  };
  const length = seed % 4 === 0 ? 2 * chunkSize : drawn(seed, 4, 1, 5 * chunkSize);
  return { spec, length };
}

/** Some with few different magnitudes, some with many zeros. */
const differenceOf = (seed: number, length: number): Float32Array =>
  hashedFloats(length, seed, 0.01).map((value, i) => {
    if (seed % 3 === 0) return Math.round(value * 300) / 300;
    return seed % 3 === 1 && i % 50 > 0 ? 0 : value;
  });

const bitsOf = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, values.length);

const seeds = Array.from({ length: 60 }, (_, seed) => seed);

describe('the encoder in WebAssembly', () => {
  it.each(seeds)('gives the bits of the plain one (%i)', (seed) => {
    const { spec, length } = caseOf(seed);
    const [plain, simd] = [
      new PartEncoder(spec, length),
      new PartEncoder(spec, length, createSimdTools(spec, length)!),
    ];
    const [expected, errors] = [new Float32Array(length), new Float32Array(length)];
    for (let round = 0; round < 3; round += 1) {
      const difference = differenceOf(seed + round, length);
      expect(simd.encode(difference, errors)).toEqual(plain.encode(difference, expected));
      expect(bitsOf(errors)).toEqual(bitsOf(expected));
    }
  });

  it.each([
    ['at its bound', MAX_LEVEL, true],
    ['above its bound', Math.fround(MAX_LEVEL * (1 + 2 ** -23)), false],
    ['below', -2 * MAX_LEVEL, false],
    ['infinite', -Infinity, false],
    ['not a number', Number.NaN, false],
    ['nothing', -0, true],
  ])('sees whether a value is %s', (_, value, isWithin) => {
    const selector = createSimdSelector(caseOf(0).spec, 1)!;
    for (const place of [0, 4095, 4096, 9000]) {
      const values = new Float32Array(9001);
      values[place] = value;
      expect(selector.allWithin(values, MAX_LEVEL)).toBe(isWithin);
    }
  });
});

function sentOf(seed: number, spec: UpdateSpec, length: number): readonly SentPart[] {
  return Array.from({ length: PEERS }, (_, peer) => {
    const bytes = new PartEncoder(spec, length).encode(differenceOf(seed + peer, length), new Float32Array(length));
    return { bytes, weight: 1 + ((seed + peer) % 3), factor: 1 / (1 + peer), from: `peer ${peer}` };
  });
}

const stateOf = (length: number, seed: number, hasMomentum: boolean) => ({
  parameter: hashedFloats(length, seed, 1),
  momentum: hasMomentum ? hashedFloats(length, seed + 1, 0.1) : null,
});

describe('the outer step in WebAssembly', () => {
  it.each(seeds)('gives the bits of the plain one (%i)', (seed) => {
    const { spec, length } = caseOf(seed);
    const sent = sentOf(seed, spec, length);
    const rule = {
      learningRate: 0.7,
      mean: seed % 2 === 0 ? 'all' : 'senders',
      momentum: seed % 3 === 0 ? 0.9 : 0,
    } as const;
    const [expected, state] = [stateOf(length, seed, rule.momentum > 0), stateOf(length, seed, rule.momentum > 0)];
    stepPart(spec, rule, expected, sent);
    step(spec, rule, state, sent);
    expect(bitsOf(state.parameter)).toEqual(bitsOf(expected.parameter));
    if (state.momentum !== null) expect(bitsOf(state.momentum)).toEqual(bitsOf(expected.momentum!));
  });

  it('refuses what the plain one refuses, and is as exact afterwards', () => {
    const rule = { learningRate: 0.7, mean: 'senders', momentum: 0 } as const;
    let refused = 0;
    for (let input = 0; input < 600; input += 1) {
      const random = randomStream(uint32Bytes(input));
      const { spec, length } = caseOf(input % 20);
      const sent = sentOf(input % 20, spec, length);
      const damaged = sent[1]!.bytes;
      for (let change = random.nextBelow(3); change >= 0; change -= 1) {
        damaged[8 + random.nextBelow(damaged.length - 8)]! ^= 1 << random.nextBelow(8);
      }
      const outcomes = [stepPart, step].map((way) => {
        const state = stateOf(length, input, false);
        try {
          way(spec, rule, state, sent);
          return bitsOf(state.parameter);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
          refused += 1;
          // Where in a block an index lies is not said by both.
          return (error as Error).message.replace(/ at \d+$| from \d+ on$/, '');
        }
      });
      expect(outcomes[1], `input ${input}`).toEqual(outcomes[0]);
    }
    expect(refused).toBeGreaterThan(600);
    expect(refused).toBeLessThan(1200);
  });
});
