import { expect, it } from 'vitest';
import { diagnoseStep } from '#worker/round/diagnose-step.ts';

it.each([
  [[], 5.5, 1, null],
  [[5, 4], 4.4, 1, null],
  [[2, 2], 4, 40, null],
  [[5, 4], NaN, 1, 'the loss of inner step 3 is NaN'],
  [[], Infinity, 1, 'the loss of inner step 1 is Infinity'],
  [[5], 4, Infinity, 'the gradient of inner step 2 has the norm Infinity'],
  [[2, 3], 4.6, 31.4, 'the loss has jumped from 2.50 to 4.60 at inner step 3 (gradient norm 31)'],
])('after losses %j a loss of %d with gradient norm %d: %s', (losses, loss, gradientNorm, diagnosis) => {
  expect(diagnoseStep(losses, { loss, gradientNorm })).toBe(diagnosis);
});
