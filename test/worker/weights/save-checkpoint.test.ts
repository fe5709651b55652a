import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { initialWeights } from '#protocol/initial-weights.ts';
import { readModelConfig } from '#worker/model/hugging-face-config.ts';
import { loadWeights } from '#worker/weights/load-weights.ts';
import { saveCheckpoint } from '#worker/weights/save-checkpoint.ts';
import { smallRun } from '../../support/small-run.ts';
import { temporaryFolder } from './files.ts';

const config = smallRun.model;
const weights = initialWeights(config, 3);

describe('a saved checkpoint', () => {
  test.each([config, { ...config, tiedHead: true }, { ...config, headSize: 12, hiddenSize: 15 }])(
    'reads back as the same model with the same bits',
    async (model) => {
      const folder = join(temporaryFolder(), 'new', 'folder');
      await saveCheckpoint(folder, model, initialWeights(model, 3), { weightType: 'float32' });
      const json: unknown = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
      expect(readModelConfig(json)).toEqual({ kind: 'valid', config: model });
      expect(await loadWeights(folder, model)).toEqual(initialWeights(model, 3));
      expect(readdirSync(folder).toSorted()).toEqual(['config.json', 'model.safetensors']);
    },
  );

  test('in bfloat16 is as near as eight bits allow, and says so', async () => {
    const folder = temporaryFolder();
    await saveCheckpoint(folder, config, weights, { weightType: 'bfloat16' });
    expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))).toMatchObject({ dtype: 'bfloat16' });
    const read = await loadWeights(folder, config);
    for (const [tensor, values] of weights.entries()) {
      for (const [index, value] of values.entries()) {
        const error = Math.abs(read[tensor]![index]! - value);
        if (error > Math.abs(value) / 256) expect.fail(`value ${index} of tensor ${tensor} is off by ${error}`);
      }
    }
    expect(read[0]).not.toEqual(weights[0]);
  });

  test('takes the tokenizer along, as far as there is one', async () => {
    const [from, to] = [temporaryFolder(), temporaryFolder()];
    writeFileSync(join(from, 'tokenizer.json'), '{}');
    writeFileSync(join(from, 'secret.txt'), 'no');
    await saveCheckpoint(to, config, weights, { weightType: 'float32', tokenizerFrom: from });
    expect(readdirSync(to).toSorted()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
  });
});

test('weights of another model are refused by name, and nothing is written', async () => {
  const folder = temporaryFolder();
  const options = { weightType: 'float32' } as const;
  await expect(saveCheckpoint(folder, config, weights.slice(1), options)).rejects.toThrow(
    'The model has 12 parameters, 11 were given',
  );
  await expect(saveCheckpoint(folder, config, weights.toReversed(), options)).rejects.toThrow(
    /^Tensor model.layers.0.self_attn.q_proj.weight has 384 values instead of 256$/,
  );
  expect(readdirSync(folder)).toEqual([]);
});
