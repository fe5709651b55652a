import { describe, expect, test } from 'vitest';
import { parameterCount, type ModelConfig } from '#protocol/model-shape.ts';
import { fitMemory, type MachineMemory } from '#worker/engine/fit-memory.ts';
import { estimateMemory, gigabytes, ON_CARD } from '#worker/model/memory.ts';
import { wholeModel } from '#worker/model/shard.ts';

const config: ModelConfig = {
  ...{ hiddenSize: 384, layers: 6, heads: 6, kvHeads: 6, headSize: 64, ffnSize: 1024, vocabSize: 4096 },
  ...{ sequenceLength: 256, ropeTheta: 10_000, rmsNormEpsilon: 1e-5, tiedHead: false },
};
const run = { config, batchSize: 12 };
const RESIDENT_BYTES = 90e6;
/** What the worker holds beside its trainer: the network's and the trained parameters, errors and differences. */
const BESIDE_BYTES = 16 * parameterCount(config);

const whole = { config, shard: wholeModel(config), microBatches: 1, segmentLayers: config.layers };
const onCpu = (microBatchSize: number): number =>
  estimateMemory({ ...whole, microBatchSize }).totalBytes - RESIDENT_BYTES + BESIDE_BYTES;
const onCard = (microBatchSize: number): number =>
  estimateMemory({ ...whole, microBatchSize, place: ON_CARD }).totalBytes;

const fit = (change: Partial<MachineMemory>) =>
  fitMemory(run, { availableBytes: 100e9, residentBytes: RESIDENT_BYTES, vramBytes: null, ...change });

describe('A worker', () => {
  test('trains a whole batch in one run where memory allows it, to the byte', () => {
    expect(fit({ availableBytes: onCpu(12) })).toEqual({ largestRunSize: 12, cardShortage: null });
    expect(fit({ availableBytes: onCpu(12) - 1 }).largestRunSize).toBe(6);
  });

  test('takes smaller runs in less memory, down to a single window', () => {
    expect([4, 3, 2, 1].map((size) => fit({ availableBytes: onCpu(size) }).largestRunSize)).toEqual([4, 3, 2, 1]);
  });

  test('refuses a model of which not even one window fits, with the numbers and what to do', () => {
    const availableBytes = onCpu(1) - 1;
    expect(() => fit({ availableBytes })).toThrow(
      expect.objectContaining({
        code: 'SHARD_TOO_LARGE',
        message: expect.stringMatching(
          new RegExp(
            `^The run's model of 13,767,552 parameters does not fit .* It needs ${gigabytes(onCpu(1))} GB \\(parameters 0\\.06, .*\\); ` +
              `${gigabytes(availableBytes)} GB are free\\. Close other programs, or use a machine with more memory\\.$`,
          ),
        ) as string,
      }) as Error,
    );
  });

  test('counts what its process has taken already only once', () => {
    const availableBytes = onCpu(1) - 40e6;
    expect(() => fit({ availableBytes })).toThrow();
    expect(fit({ availableBytes, residentBytes: RESIDENT_BYTES + 40e6 }).largestRunSize).toBe(1);
  });

  test('uses a card that holds the model, with runs that fit there too', () => {
    expect(fit({ vramBytes: onCard(12) })).toEqual({ largestRunSize: 12, cardShortage: null });
    expect(fit({ vramBytes: onCard(12) - 1 })).toEqual({ largestRunSize: 6, cardShortage: null });
  });

  test('leaves a card alone that cannot hold the model, and says the numbers', () => {
    const vramBytes = onCard(1) / 2;
    expect(fit({ vramBytes })).toEqual({
      largestRunSize: 12,
      cardShortage: `the model needs ${gigabytes(onCard(1))} GB on the graphics card, which has ${gigabytes(vramBytes)} GB`,
    });
  });

  test('refuses a model that only the card could hold: the CPU must be able to check it and to go on', () => {
    expect(() => fit({ availableBytes: onCpu(1) - 1, vramBytes: 100e9 })).toThrow(/does not fit/);
  });
});

test('The largest model that a run may describe is refused without building it', () => {
  const huge = {
    ...config,
    ...{ hiddenSize: 8192, layers: 80, heads: 64, kvHeads: 8, headSize: 128, ffnSize: 28_672 },
    ...{ vocabSize: 262_208, sequenceLength: 131_072 },
  };
  const machine = { availableBytes: 100e9, residentBytes: RESIDENT_BYTES, vramBytes: null };
  expect(() => fitMemory({ config: huge, batchSize: 4096 }, machine)).toThrow(/72,748,376,064 parameters/);
});
