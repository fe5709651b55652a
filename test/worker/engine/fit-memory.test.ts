import { describe, expect, test } from 'vitest';
import { parameterCount, type ModelConfig } from '#protocol/model-shape.ts';
import { fitMemory, type MachineMemory, type MemoryFit } from '#worker/engine/fit-memory.ts';
import { estimateMemory, gigabytes } from '#worker/model/memory.ts';
import { NO_SAVINGS, type MemorySavings } from '#worker/model/memory-savings.ts';
import { wholeModel } from '#worker/model/shard.ts';

const config: ModelConfig = {
  ...{ hiddenSize: 384, layers: 6, heads: 6, kvHeads: 6, headSize: 64, ffnSize: 1024, vocabSize: 4096 },
  ...{ sequenceLength: 256, ropeTheta: 10_000, rmsNormEpsilon: 1e-5, tiedHead: false },
};
/** What the worker holds beside its trainer. */
const BESIDE_BYTES = 16 * parameterCount(config);
const run = { config, batchSize: 12, besideBytes: BESIDE_BYTES };
const RESIDENT_BYTES = 90e6;

interface Way {
  readonly segmentLayers: number;
  readonly savings: MemorySavings;
}
const WHOLE: Way = { segmentLayers: config.layers, savings: NO_SAVINGS };
const BY_LAYER: Way = { segmentLayers: 1, savings: NO_SAVINGS };
const byLayer = (savings: Partial<MemorySavings>): Way => ({
  segmentLayers: 1,
  savings: { ...NO_SAVINGS, ...savings },
});
const EIGHT_BIT = byLayer({ optimiserState: '8-bit' });
const ON_HOST = byLayer({ optimiserPlace: 'host' });
const HALF = byLayer({ optimiserPlace: 'host', weights: 'float16' });

const estimate = (way: Way, microBatchSize: number, place: 'cpu' | 'card'): number =>
  estimateMemory({
    ...{ config, shard: wholeModel(config), microBatches: 1, microBatchSize, place, ...way },
    fused: way === WHOLE && microBatchSize === run.batchSize,
  }).totalBytes;
const onCpu = (microBatchSize: number, way = WHOLE): number =>
  estimate(way, microBatchSize, 'cpu') - RESIDENT_BYTES + BESIDE_BYTES;
const onCard = (microBatchSize: number, way = WHOLE): number => estimate(way, microBatchSize, 'card');

const fit = (change: Partial<MachineMemory>): MemoryFit =>
  fitMemory(run, { availableBytes: 100e9, residentBytes: RESIDENT_BYTES, vramBytes: null, ...change });
const card = (change: Partial<MachineMemory>) => {
  const found = fit(change).onCard;
  if (found.kind === 'short') throw new Error(found.why);
  return found.fit;
};

describe('A worker', () => {
  test('trains a whole batch in one run and saves nothing where memory allows it, to the byte', () => {
    const { onCpu: chosen } = fit({ availableBytes: onCpu(12) });
    expect(chosen).toEqual({ ...WHOLE, largestRunSize: 12, saved: null });
    expect(fit({ availableBytes: onCpu(12) - 1 }).onCpu.largestRunSize).toBe(6);
  });

  test('takes smaller runs in less memory, down to a single window', () => {
    for (const size of [4, 3, 2, 1]) {
      expect(fit({ availableBytes: onCpu(size) }).onCpu).toMatchObject({ ...WHOLE, largestRunSize: size });
    }
  });

  test('computes each layer anew in still less memory, and then keeps its moments in 8 bits', () => {
    const least = onCpu(1) - 1;
    expect(fit({ availableBytes: least }).onCpu).toMatchObject(BY_LAYER);
    expect(fit({ availableBytes: onCpu(1, BY_LAYER) }).onCpu).toMatchObject({ ...BY_LAYER, largestRunSize: 1 });
    expect(fit({ availableBytes: onCpu(1, BY_LAYER) - 1 }).onCpu).toMatchObject(EIGHT_BIT);
  });

  test('says what it saves and why, with the numbers', () => {
    const availableBytes = onCpu(1, EIGHT_BIT);
    expect(fit({ availableBytes }).onCpu.saved).toBe(
      `To fit the main memory, of which ${gigabytes(availableBytes)} GB are free, training takes 1 of the 12 windows of a ` +
        'batch at a time, computes each layer anew for the backward pass and keeps the moments of AdamW in 8 bits: ' +
        `it needs ${gigabytes(availableBytes)} GB instead of ${gigabytes(onCpu(12))} GB`,
    );
  });

  test('refuses a model that does not fit with all of that, with the numbers and what to do', () => {
    const needed = onCpu(1, EIGHT_BIT);
    const availableBytes = needed - 1;
    expect(() => fit({ availableBytes })).toThrow(
      expect.objectContaining({
        code: 'SHARD_TOO_LARGE',
        message: expect.stringMatching(
          new RegExp(
            `^The run's model of 13,767,552 parameters does not fit .* It needs ${gigabytes(needed)} GB \\(parameters 0\\.06, .*\\); ` +
              `${gigabytes(availableBytes)} GB are free\\. Close other programs, or use a machine with more memory\\.$`,
          ),
        ) as string,
      }) as Error,
    );
  });

  test('counts what its process has taken already only once', () => {
    const availableBytes = onCpu(1, EIGHT_BIT) - 40e6;
    expect(() => fit({ availableBytes })).toThrow();
    expect(fit({ availableBytes, residentBytes: RESIDENT_BYTES + 40e6 }).onCpu.largestRunSize).toBe(1);
  });

  test('uses a card that holds the model, with runs that fit there too', () => {
    expect(card({ vramBytes: onCard(12) })).toEqual({ ...WHOLE, largestRunSize: 12, saved: null });
    expect(card({ vramBytes: onCard(12) - 1 })).toMatchObject({ ...WHOLE, largestRunSize: 6 });
  });

  test('saves more the smaller the card is, down to half-precision weights, while the CPU need not', () => {
    for (const way of [WHOLE, BY_LAYER, EIGHT_BIT, ON_HOST, HALF]) {
      expect(card({ vramBytes: onCard(1, way) })).toMatchObject(way);
      expect(fit({ vramBytes: onCard(1, way) }).onCpu).toMatchObject({ ...WHOLE, saved: null });
    }
  });

  test('saves on the card by what also fits into main memory, where the CPU computes the same to compare', () => {
    const vramBytes = onCard(1, ON_HOST);
    const eightBitOnHost = byLayer({ optimiserPlace: 'host', optimiserState: '8-bit' });
    expect(card({ vramBytes, availableBytes: onCpu(1, ON_HOST) })).toMatchObject(ON_HOST);
    expect(card({ vramBytes, availableBytes: onCpu(1, ON_HOST) - 1 })).toMatchObject(eightBitOnHost);
  });

  test('says of a card what it saves there and why', () => {
    const vramBytes = onCard(1, HALF);
    expect(card({ vramBytes }).saved).toBe(
      `To fit the graphics card, which has ${gigabytes(vramBytes)} GB, training takes 1 of the 12 windows of a batch at a time, ` +
        'computes each layer anew for the backward pass, keeps the state of AdamW in main memory and keeps the weights in ' +
        `half precision: it needs ${gigabytes(vramBytes)} GB instead of ${gigabytes(onCard(12))} GB`,
    );
  });

  test('leaves a card alone that cannot hold the model, and says the numbers', () => {
    const vramBytes = onCard(1, HALF) - 1;
    const { onCpu: chosen, onCard: none } = fit({ vramBytes });
    expect(chosen).toEqual({ ...WHOLE, largestRunSize: 12, saved: null });
    expect(none).toEqual({
      kind: 'short',
      why:
        `the model does not fit the graphics card, which has ${gigabytes(vramBytes)} GB: ` +
        `it needs ${gigabytes(onCard(1, HALF))} GB, though all is saved that can be`,
    });
  });

  test('tries a card whose memory nobody knows as one that has it in main memory, where it trains nothing in place', () => {
    const whole = { config, shard: wholeModel(config), ...WHOLE };
    const { baseBytes } = estimateMemory({ ...whole, microBatches: 1, microBatchSize: 1 });
    const shared = (size: number, way = WHOLE): number =>
      estimate(way, size, 'card') + 4 * parameterCount(config) + baseBytes - RESIDENT_BYTES + BESIDE_BYTES;
    expect(shared(12)).toBeGreaterThan(onCpu(12));
    expect(card({ availableBytes: shared(12) })).toEqual({ ...WHOLE, largestRunSize: 12, saved: null });
    const availableBytes = shared(12) - 1;
    expect(card({ availableBytes }).largestRunSize).toBe(6);
    // What the host keeps would lie in the same memory.
    const least = shared(1, EIGHT_BIT);
    expect(card({ availableBytes: least })).toMatchObject(EIGHT_BIT);
    expect(fit({ availableBytes: least - 1 })).toMatchObject({
      onCpu: { largestRunSize: expect.any(Number) as number },
      onCard: {
        kind: 'short',
        why: expect.stringMatching(/^the model does not fit the main memory, of which/) as string,
      },
    });
  });

  test('refuses a model that only the card could hold: the CPU must be able to check it and to go on', () => {
    expect(() => fit({ availableBytes: onCpu(1, EIGHT_BIT) - 1, vramBytes: 100e9 })).toThrow(/does not fit/);
  });
});

test('The largest model that a run may describe is refused without building it', () => {
  const huge = {
    ...config,
    ...{ hiddenSize: 8192, layers: 80, heads: 64, kvHeads: 8, headSize: 128, ffnSize: 28_672 },
    ...{ vocabSize: 262_208, sequenceLength: 131_072 },
  };
  const machine = { availableBytes: 100e9, residentBytes: RESIDENT_BYTES, vramBytes: null };
  expect(() => fitMemory({ config: huge, batchSize: 4096, besideBytes: 0 }, machine)).toThrow(
    /72,748,376,064 parameters/,
  );
});
