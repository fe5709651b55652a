import { expect, it } from 'vitest';
import { parameterCount } from '#protocol/model-shape.ts';
import { leastDiskBytes, quotaProblem } from '#worker/run/disk-need.ts';
import { smallRun } from '../../support/small-run.ts';

const model = { ...smallRun.model, hiddenSize: 2048, layers: 22, headSize: 1024, ffnSize: 5632, vocabSize: 32_000 };
const billion = { ...smallRun, model };

it('a checkpoint of the model may take a fifth of the disk space, twice as large with outer momentum', () => {
  const plain = 5 * 4 * parameterCount(model);
  expect(leastDiskBytes(billion) / plain).toBeCloseTo(1, 1);
  const withMomentum = { ...billion, outer: { ...billion.outer, momentum: 0.9 } };
  expect(leastDiskBytes(withMomentum) / (2 * plain)).toBeCloseTo(1, 1);
});

it('a quota that is too small is said with the numbers and what to do, one that is enough is not', () => {
  expect(quotaProblem(smallRun, 2 ** 30)).toBeNull();
  expect(quotaProblem(billion, leastDiskBytes(billion))).toBeNull();
  expect(quotaProblem(billion, 2 ** 30)).toMatch(
    /wants \d+\.\d GiB .* may take 1\.0 GiB: give it \d+ GiB or more of disk space, in the Settings or with --disk/,
  );
  expect(quotaProblem(smallRun, 0)).toMatch(/may take 0\.000 GiB: give it 1 GiB or more/);
});
