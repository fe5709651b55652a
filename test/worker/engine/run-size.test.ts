import { describe, expect, it, test } from 'vitest';
import { DEVNET_MODEL } from '#network/validator/found-run.ts';
import { firstRunSize, MAX_RUN_MS, nextRunSize } from '#worker/engine/run-size.ts';

describe('the first run', () => {
  it('takes the whole batch of a model as small as the devnet’s', () => {
    expect(firstRunSize(DEVNET_MODEL, 8, 1)).toBe(8);
  });

  it('takes a single window of a model that is large for the machine', () => {
    const large = { ...DEVNET_MODEL, hiddenSize: 4096, layers: 32, headSize: 128, heads: 32, ffnSize: 11_008 };
    expect(firstRunSize(large, 4, 16)).toBe(1);
  });
});

test.each([
  ['keeps a size that fits', 8, 4, MAX_RUN_MS / 1.5, 4],
  ['halves one that is too long', 8, 8, MAX_RUN_MS * 1.1, 4],
  ['goes down as far as it must', 8, 8, MAX_RUN_MS * 7, 1],
  ['has nothing below a single window', 8, 1, MAX_RUN_MS * 5, 1],
  ['keeps to divisors of the batch', 6, 6, MAX_RUN_MS * 1.2, 3],
  ['grows when there is room', 8, 1, MAX_RUN_MS / 9, 4],
  ['grows up to the batch', 8, 2, 1, 8],
  ['does not grow into a size that it would leave again', 8, 4, MAX_RUN_MS / 2.1, 4],
])('%s', (_, batchSize, runSize, runMs, expected) => {
  expect(nextRunSize(batchSize, runSize, runMs)).toBe(expected);
});
