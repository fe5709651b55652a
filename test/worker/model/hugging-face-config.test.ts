import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MODEL_LIMITS, parameterCount, type ModelConfig } from '#protocol/model-shape.ts';
import { readModelConfig } from '#worker/model/hugging-face-config.ts';
import { writeModelConfig } from '#worker/model/hugging-face-writer.ts';

/** What the publishers' files say, without what only names the file. */
const published = JSON.parse(
  readFileSync(new URL('../../fixtures/hugging-face/configs.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const needed = {
  model_type: 'llama',
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  vocab_size: 256,
};

const problemsOf = (change: object, sequenceLength?: number): readonly string[] => {
  const result = readModelConfig({ ...needed, ...change }, sequenceLength);
  return result.kind === 'invalid' ? result.problems : [];
};
const configOf = (change: object, sequenceLength?: number): ModelConfig => {
  const result = readModelConfig({ ...needed, ...change }, sequenceLength);
  if (result.kind === 'invalid') throw new Error(result.problems.join('\n'));
  return result.config;
};

describe('a published config.json', () => {
  test.each([
    ['Llama-2-7B', 6_738_415_616, { headSize: 128, kvHeads: 32, ropeTheta: 10_000, sequenceLength: 4096 }],
    ['Llama-3-8B', 8_030_261_248, { headSize: 128, kvHeads: 8, ropeTheta: 500_000, sequenceLength: 8192 }],
    ['TinyLlama-1.1B', 1_100_048_384, { headSize: 64, kvHeads: 4, ropeTheta: 10_000, sequenceLength: 2048 }],
    ['Mistral-7B-v0.3', 7_248_023_552, { headSize: 128, kvHeads: 8, ropeTheta: 1e6, sequenceLength: 32_768 }],
  ])('of %s describes a model with as many parameters as its publisher counts', (name, count, expected) => {
    const config = configOf(published[name]!);
    expect(config).toMatchObject({ ...expected, rmsNormEpsilon: 1e-5, tiedHead: false });
    expect(parameterCount(config)).toBe(count);
  });

  test('of Llama-3.2-1B is refused for its scaled positions alone', () => {
    const problems = problemsOf(published['Llama-3.2-1B']!);
    expect(problems).toEqual(['rope_scaling.rope_type: "llama3" is not supported; "default" is']);
    expect(configOf({ ...published['Llama-3.2-1B'], rope_scaling: null })).toMatchObject({
      headSize: 64,
      tiedHead: true,
      sequenceLength: 131_072,
    });
  });

  test('of Mistral-7B-v0.1 is refused for its window alone', () => {
    expect(problemsOf(published['Mistral-7B-v0.1']!)).toEqual(['sliding_window: must be null, found 4096']);
  });

  test('of Qwen2-7B is refused for its type alone', () => {
    const result = readModelConfig(published['Qwen2-7B']);
    expect(result).toEqual({
      kind: 'invalid',
      problems: ['model_type: "qwen2" is not supported; "llama" and "mistral" are'],
    });
  });
});

describe('fields that are absent', () => {
  test('have the defaults of LlamaConfig', () => {
    expect(configOf({})).toEqual({
      hiddenSize: 64,
      layers: 2,
      heads: 4,
      kvHeads: 4,
      headSize: 16,
      ffnSize: 96,
      vocabSize: 256,
      sequenceLength: 2048,
      ropeTheta: 10_000,
      rmsNormEpsilon: 1e-6,
      tiedHead: false,
    });
  });

  test('have the defaults of MistralConfig in a Mistral', () => {
    const mistral = { model_type: 'mistral', num_attention_heads: 16, sliding_window: null };
    expect(configOf(mistral)).toMatchObject({ kvHeads: 8, sequenceLength: 131_072 });
    expect(configOf({ ...mistral, num_key_value_heads: null }).kvHeads).toBe(16);
    expect(problemsOf({ ...mistral, sliding_window: undefined })).toEqual([
      'sliding_window: must be null, found nothing',
    ]);
    expect(problemsOf({ model_type: 'mistral', num_attention_heads: 16 })).toEqual([
      'sliding_window: must be null, and without the field it is 4096',
    ]);
  });

  test('may be null where transformers says so', () => {
    expect(configOf({ num_key_value_heads: null, head_dim: null })).toEqual(configOf({}));
  });

  test.each(['hidden_size', 'intermediate_size', 'num_hidden_layers', 'num_attention_heads', 'vocab_size'])(
    'are one problem when it is %s',
    (field) => {
      const problems = problemsOf({ [field]: undefined });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(new RegExp(`^${field}: must be a whole number from 1 to \\d+, found nothing$`));
    },
  );
});

describe('the length of a window', () => {
  test('is what the caller asks for, up to the positions of the model', () => {
    expect(configOf({ max_position_embeddings: 512 }, 128).sequenceLength).toBe(128);
    expect(configOf({ max_position_embeddings: 512 }, 512).sequenceLength).toBe(512);
    expect(problemsOf({ max_position_embeddings: 512 }, 513)).toEqual([
      'max_position_embeddings: the model has 512 positions, fewer than the 513 asked for',
    ]);
  });

  test('is at most what Millrace computes when the model has more positions', () => {
    expect(configOf({ max_position_embeddings: 1_048_576 }).sequenceLength).toBe(MODEL_LIMITS.sequenceLength);
  });
});

describe('rotary positions', () => {
  test.each([
    [{ rope_theta: 5e5 }],
    [{ rope_parameters: { rope_theta: 5e5, rope_type: 'default' } }],
    [{ rope_parameters: { rope_theta: 5e5 }, rope_scaling: null }],
    [{ rope_theta: 5e5, rope_parameters: { rope_theta: 5e5, rope_type: 'default', partial_rotary_factor: 1 } }],
    [{ rope_theta: 5e5, rope_scaling: { type: 'default' } }],
  ])('%j have the base 500,000', (fields) => {
    expect(configOf(fields).ropeTheta).toBe(5e5);
  });

  test.each([
    [{ rope_theta: '5e5' }, 'rope_theta: must be a number from 1 to 1e9, found "5e5"'],
    [{ rope_theta: 0 }, 'rope_theta: must be a number from 1 to 1e9, found 0'],
    [
      { rope_theta: 1e4, rope_parameters: { rope_theta: 5e5 } },
      'rope_parameters.rope_theta: 500000 contradicts rope_theta, 10000',
    ],
    [{ rope_scaling: { type: 'linear', factor: 2 } }, 'rope_scaling.type: "linear" is not supported; "default" is'],
    [{ rope_parameters: { factor: 2 } }, 'rope_parameters.factor: not a known field of rope_type "default"'],
    [{ rope_parameters: 7 }, 'rope_parameters: must be null or { "rope_type": "default" }, found 7'],
  ])('%j are refused', (fields, problem) => {
    expect(problemsOf(fields)).toEqual([problem]);
  });
});

describe('a field with a value that changes the model', () => {
  test.each([
    ['hidden_act', 'gelu', 'hidden_act: must be "silu", found "gelu"'],
    ['attention_bias', true, 'attention_bias: must be false, found true'],
    ['mlp_bias', true, 'mlp_bias: must be false, found true'],
    ['attention_dropout', 0.1, 'attention_dropout: must be 0, found 0.1'],
    ['pretraining_tp', 2, 'pretraining_tp: must be 1 or null, found 2'],
    ['sliding_window', 4096, 'sliding_window: must be null, found 4096'],
    ['quantization_config', { bits: 4 }, 'quantization_config: must be null, found {"bits":4}'],
    ['auto_map', {}, 'auto_map: must be absent; a model with code of its own is not supported'],
    ['architectures', ['LlamaModel'], 'architectures: must be ["LlamaForCausalLM"], found ["LlamaModel"]'],
    ['qk_norm', true, 'qk_norm: not a known field of a Llama model; leave it out if it has no effect'],
    ['tie_word_embeddings', null, 'tie_word_embeddings: must be true or false, found null'],
    ['rms_norm_eps', 0, 'rms_norm_eps: must be a number from 1e-12 to 1, found 0'],
    ['head_dim', 15, 'head_dim: must be even (rotary positions turn pairs), found 15'],
    ['num_key_value_heads', 3, 'num_key_value_heads: must divide num_attention_heads, 4, found 3'],
    ['hidden_size', 1e9, 'hidden_size: must be a whole number from 1 to 16384, found 1000000000'],
    ['num_attention_heads', 3, 'head_dim: must be a whole number from 1 to 1024, found nothing'],
    ['vocab_size', '256', 'vocab_size: must be a whole number from 1 to 524288, found "256"'],
  ])('%s = %j is refused by name', (field, value, problem) => {
    expect(problemsOf({ [field]: value })).toEqual([problem]);
  });

  test('is refused with all the others', () => {
    expect(problemsOf({ hidden_act: 'relu', vocab_size: 0, rope_scaling: { type: 'yarn' } })).toHaveLength(3);
  });
});

describe('a hostile config.json', () => {
  test.each([null, 7, 'x', [], true])('that is %j is refused', (json) => {
    expect(readModelConfig(json).kind).toBe('invalid');
  });

  test('with a field from the prototype chain is refused by name', () => {
    const json: unknown = JSON.parse(`{ "__proto__": 1, "constructor": 2, ${JSON.stringify(needed).slice(1)}`);
    const result = readModelConfig(json);
    expect(result.kind === 'invalid' ? result.problems.map((problem) => problem.split(':')[0]) : []).toEqual([
      '__proto__',
      'constructor',
    ]);
  });

  test('with endless fields and values gives a short list of short problems', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`f${index}`.repeat(99), 1]));
    const problems = problemsOf({ ...many, hidden_act: 'x'.repeat(1e6) });
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe('and 4981 more problems');
    expect(Math.max(...problems.map(({ length }) => length))).toBeLessThan(200);
  });
});

test.each([{}, { head_dim: 24 }, { head_dim: 24, hidden_size: 66 }, { tie_word_embeddings: true, rope_theta: 5e5 }])(
  'what is written for %j reads back as the same model',
  (change) => {
    const config = configOf(change, 77);
    const written: unknown = JSON.parse(JSON.stringify(writeModelConfig(config, 'bfloat16')));
    expect(readModelConfig(written)).toEqual({ kind: 'valid', config });
  },
);
