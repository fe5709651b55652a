import { expect, test } from 'vitest';
import { createProviderTrainer } from '#worker/engine/provider-trainer.ts';
import { NO_SAVINGS } from '#worker/model/memory-savings.ts';
import { goldenBatchSize, goldenConfig } from '../model/golden.ts';

const options = { config: goldenConfig, batchSize: goldenBatchSize, threads: 1 };

test('a provider that keeps no tensors refuses part of a batch before it opens anything', async () => {
  const cuda = createProviderTrainer({ ...options, provider: 'cuda', largestRunSize: 1 });
  await expect(cuda).rejects.toThrow(`cuda runs a batch of ${goldenBatchSize} windows at once`);
});

test.each([{ savings: { ...NO_SAVINGS, optimiserState: '8-bit' } as const }, { segmentLayers: 1 }])(
  'a provider that keeps no tensors refuses to save memory by %o instead of ignoring it',
  async (saving) => {
    const dml = createProviderTrainer({ ...options, ...saving, provider: 'dml' });
    await expect(dml).rejects.toThrow('dml keeps no state between runs');
  },
);

test('a provider that keeps tensors trains with what it is given', async () => {
  const trainer = await createProviderTrainer({ ...options, provider: 'cpu', segmentLayers: 1 });
  expect(trainer.stepsPerRun()).toBe(1);
  await trainer.dispose();
});
