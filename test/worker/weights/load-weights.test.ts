import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { initialWeights } from '#protocol/initial-weights.ts';
import { parameterShapes, type ModelConfig } from '#protocol/model-shape.ts';
import { createEvaluator } from '#worker/engine/evaluator.ts';
import { readModelConfig } from '#worker/model/hugging-face-config.ts';
import { loadWeights } from '#worker/weights/load-weights.ts';
import { writeSafetensors, type TensorToWrite } from '#worker/weights/write-safetensors.ts';
import { fixture, safetensorsFile, temporaryFolder } from './files.ts';

/** Cross entropy that transformers computes for two windows of 16 tokens, in nats. */
const expected = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as Readonly<
  Record<string, { readonly tokens: readonly number[]; readonly loss: number }>
>;

function configOf(name: string): ModelConfig {
  const result = readModelConfig(JSON.parse(readFileSync(fixture(`${name}/config.json`), 'utf8')));
  if (result.kind === 'invalid') throw new Error(result.problems.join('\n'));
  return result.config;
}

test.each([
  ['untied', 'F32'],
  ['tied', 'BF16, wide heads, another theta'],
  ['sharded', 'F16 in four files'],
  ['mistral', 'a hidden size that is no multiple of the heads'],
])('a checkpoint of transformers, %s (%s), has the loss that transformers computes, within 1e-5', async (name) => {
  const config = configOf(name);
  const weights = await loadWeights(fixture(name), config);
  const evaluator = await createEvaluator({ config, batchSize: 2, threads: 1, provider: 'cpu' });
  const loss = await evaluator.loss(weights, Int32Array.from(expected[name]!.tokens));
  await evaluator.dispose();
  expect(Math.abs(loss - expected[name]!.loss)).toBeLessThan(1e-5);
});

const untied = configOf('untied');

/** Initial weights as tensors to write, each changed or left out by `change`. */
async function stored(
  config: ModelConfig,
  change: (tensors: TensorToWrite[]) => readonly TensorToWrite[] = (tensors) => tensors,
  type: 'F32' | 'BF16' = 'F32',
): Promise<string> {
  const weights = initialWeights(config, 5);
  const tensors = parameterShapes(config).map(({ name, shape }, index) => ({
    name,
    shape,
    values: () => weights[index]!,
  }));
  const path = join(temporaryFolder(), 'model.safetensors');
  await writeSafetensors(path, change(tensors), { type });
  return path;
}

describe('loading', () => {
  test('gives the arrays in the order of parameterShapes, whatever the order of the file', async () => {
    const path = await stored(untied, (tensors) => tensors.toReversed());
    expect(await loadWeights(path, untied)).toEqual(initialWeights(untied, 5));
  });

  test('gives only the parameters that are asked for, and misses no others', async () => {
    const names = new Set(['model.norm.weight', 'model.layers.0.mlp.up_proj.weight']);
    const path = await stored(untied, (tensors) => tensors.filter(({ name }) => names.has(name)));
    const shapes = parameterShapes(untied);
    const wanted = initialWeights(untied, 5).filter((_, index) => names.has(shapes[index]!.name));
    expect(await loadWeights(path, untied, { names })).toEqual(wanted);
    await expect(loadWeights(path, untied)).rejects.toThrow(/model.embed_tokens.weight is missing/);
  });

  test('names every tensor that is missing, unexpected or of another shape', async () => {
    const path = await stored(untied, (tensors) => [
      ...tensors.slice(1).map((tensor) => (tensor.name === 'lm_head.weight' ? { ...tensor, shape: [8, 32] } : tensor)),
      { name: 'model.layers.0.self_attn.q_proj.bias', shape: [1], values: () => new Float32Array(1) },
    ]);
    await expect(loadWeights(path, untied)).rejects.toThrow(
      `${path} does not hold the weights of this model: model.embed_tokens.weight is missing; ` +
        'lm_head.weight has shape [8, 32] instead of [32, 8]; model.layers.0.self_attn.q_proj.bias is unexpected',
    );
  });

  test('names twenty problems and counts the rest', async () => {
    const path = await stored(untied);
    await expect(loadWeights(path, { ...untied, layers: 9 })).rejects.toThrow(/is missing; and 52 more$/);
  });

  test('takes no integers for weights', async () => {
    const name = 'model.norm.weight';
    const path = safetensorsFile({ [name]: { dtype: 'I32', shape: [8], data_offsets: [0, 32] } }, 32);
    await expect(loadWeights(path, untied, { names: new Set([name]) })).rejects.toThrow(
      /: model.norm.weight is of type I32; F32, F16 and BF16 are read$/,
    );
  });

  test('passes over the rotary frequencies of old checkpoints', async () => {
    const name = 'model.layers.0.self_attn.rotary_emb.inv_freq';
    const path = await stored(untied, (tensors) => [
      ...tensors,
      { name, shape: [2], values: () => new Float32Array(2) },
    ]);
    expect(await loadWeights(path, untied)).toHaveLength(12);
  });

  test('stops when it is no longer wanted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(loadWeights(await stored(untied), untied, { signal })).rejects.toThrow('enough');
  });
});

describe('a tied model whose checkpoint has a head too', () => {
  const tied = configOf('tied');
  const head = (values: Float32Array): TensorToWrite => ({
    name: 'lm_head.weight',
    shape: [values.length / tied.hiddenSize, tied.hiddenSize],
    values: () => values,
  });
  const embedding = initialWeights(tied, 5)[0]!;

  test('is taken when the head is the embedding', async () => {
    const path = await stored(tied, (tensors) => [...tensors, head(embedding)]);
    expect(await loadWeights(path, tied)).toEqual(initialWeights(tied, 5));
  });

  test.each([
    ['a value differs', embedding.map((value, index) => (index === embedding.length - 1 ? value + 1 : value))],
    ['it has fewer rows', embedding.subarray(tied.hiddenSize)],
  ])('is refused when %s', async (_, values) => {
    const path = await stored(tied, (tensors) => [...tensors, head(values)]);
    await expect(loadWeights(path, tied)).rejects.toThrow(
      /: lm_head.weight differs from model.embed_tokens.weight, although the configuration ties them$/,
    );
    // A shard without the embedding has nothing to do with the head.
    expect(await loadWeights(path, tied, { names: new Set(['model.norm.weight']) })).toHaveLength(1);
  });
});
