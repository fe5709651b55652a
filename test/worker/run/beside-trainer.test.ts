import { expect, it } from 'vitest';
import { parameterCount } from '#protocol/model-shape.ts';
import { bytesBesideTrainer } from '#worker/run/beside-trainer.ts';
import { smallRun } from '../../support/small-run.ts';

const model = { ...smallRun.model, hiddenSize: 2048, layers: 22, headSize: 1024, ffnSize: 5632, vocabSize: 32_000 };
const run = { ...smallRun, model };

it('beside its trainer a worker needs 20 bytes for each parameter, 28 with outer momentum, and memory for each thread', () => {
  const count = parameterCount(model);
  const withMomentum = { ...run, outer: { ...run.outer, momentum: 0.9 } };
  expect(bytesBesideTrainer(run, 1) / count).toBeCloseTo(20, 1);
  expect(bytesBesideTrainer(withMomentum, 1) / count).toBeCloseTo(28, 1);
  expect(bytesBesideTrainer(run, 5) - bytesBesideTrainer(run, 1)).toBeGreaterThan(4 * 20e6);
  expect(bytesBesideTrainer(run, 64), 'no more threads than are made').toBe(bytesBesideTrainer(run, 8));
});
