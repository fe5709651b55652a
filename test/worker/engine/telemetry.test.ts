import { expect, it } from 'vitest';
import { createEvaluator } from '#worker/engine/evaluator.ts';
import { smallRun } from '../../support/small-run.ts';

it('onnxruntime is told not to report to its maker before it loads', async () => {
  delete process.env['ORT_DISABLE_TELEMETRY'];
  const evaluator = await createEvaluator({ config: smallRun.model, batchSize: 1, threads: 1, provider: 'cpu' });
  expect(process.env['ORT_DISABLE_TELEMETRY']).toBe('1');
  await evaluator.dispose();
});
