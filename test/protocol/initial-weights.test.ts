import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { initialWeights } from '#protocol/initial-weights.ts';
import { hashedFloats } from '#protocol/integer-hash.ts';
import { elementCount, parameterShapes, type ModelConfig } from '#protocol/model-shape.ts';

const config: ModelConfig = {
  hiddenSize: 8,
  layers: 1,
  heads: 2,
  kvHeads: 1,
  headSize: 4,
  ffnSize: 12,
  vocabSize: 16,
  sequenceLength: 4,
  ropeTheta: 10_000,
  rmsNormEpsilon: 1e-5,
  tiedHead: false,
};

const digest = (weights: readonly Float32Array[]): string => {
  const hash = createHash('sha256');
  for (const { buffer } of weights) hash.update(new Uint8Array(buffer));
  return hash.digest('hex');
};

test('weights have the shapes of the model, ones for norms and hashed numbers for the rest', () => {
  const weights = initialWeights(config, 0);
  for (const [index, { shape, initialScale }] of parameterShapes(config).entries()) {
    const count = elementCount(shape);
    const expected =
      initialScale === null ? new Float32Array(count).fill(1) : hashedFloats(count, 1000 + index, initialScale);
    expect(weights[index]).toEqual(expected);
  }
});

test('weights are the same bits for ever', () => {
  expect(digest(initialWeights(config, 0))).toBe('00d6b220c57996e9df878b25a3939aca727b7636af94bcddf136ef15a4451d52');
  expect(digest(initialWeights(config, 4_294_967_295))).toBe(
    'ceabb7b449d19b1944d58b65597228676a088ba5f9e5aee5ec8ce75e71b41b0b',
  );
});

test('another seed gives other weights in every hashed tensor', () => {
  const [a, b] = [initialWeights(config, 1), initialWeights(config, 2)];
  for (const [index, { initialScale }] of parameterShapes(config).entries()) {
    if (initialScale !== null) expect(a[index]).not.toEqual(b[index]);
  }
});
