import { describe, expect, test } from 'vitest';
import {
  elementCount,
  MODEL_LIMITS,
  parameterCount,
  parameterShapes,
  parseModelConfig,
  type ModelConfig,
} from '#protocol/model-shape.ts';

const tiny: ModelConfig = {
  hiddenSize: 128,
  layers: 4,
  heads: 4,
  kvHeads: 2,
  headSize: 32,
  ffnSize: 352,
  vocabSize: 256,
  sequenceLength: 128,
  ropeTheta: 10_000,
  rmsNormEpsilon: 1e-5,
  tiedHead: false,
};

describe('parameter shapes', () => {
  test('have the names, order and scales of the reference program', () => {
    const shapes = parameterShapes({ ...tiny, layers: 1 });
    expect(shapes.map(({ name, shape }) => `${name} ${shape.join('×')}`)).toEqual([
      'model.embed_tokens.weight 256×128',
      'model.layers.0.input_layernorm.weight 128',
      'model.layers.0.self_attn.q_proj.weight 128×128',
      'model.layers.0.self_attn.k_proj.weight 64×128',
      'model.layers.0.self_attn.v_proj.weight 64×128',
      'model.layers.0.self_attn.o_proj.weight 128×128',
      'model.layers.0.post_attention_layernorm.weight 128',
      'model.layers.0.mlp.gate_proj.weight 352×128',
      'model.layers.0.mlp.up_proj.weight 352×128',
      'model.layers.0.mlp.down_proj.weight 128×352',
      'model.norm.weight 128',
      'lm_head.weight 256×128',
    ]);
    const [hidden, ffn] = [1 / Math.sqrt(128), 1 / Math.sqrt(352)];
    const expected = [0.02, null, hidden, hidden, hidden, hidden, null, hidden, hidden, ffn, null, hidden];
    expect(shapes.map(({ initialScale }) => initialScale)).toEqual(expected);
  });

  test('of a head wider than its share of the hidden size follow headSize', () => {
    const shapes = parameterShapes({ ...tiny, layers: 1, headSize: 48 });
    const attention = shapes.filter(({ name }) => name.includes('self_attn'));
    expect(attention.map(({ shape, initialScale }) => [...shape, initialScale])).toEqual([
      [192, 128, 1 / Math.sqrt(128)],
      [96, 128, 1 / Math.sqrt(128)],
      [96, 128, 1 / Math.sqrt(128)],
      [128, 192, 1 / Math.sqrt(192)],
    ]);
  });

  test('of a tied head are the untied ones without lm_head', () => {
    expect(parameterShapes({ ...tiny, tiedHead: true })).toEqual(parameterShapes(tiny).slice(0, -1));
  });

  test.each([
    tiny,
    { ...tiny, layers: 1 },
    { ...tiny, heads: 8, kvHeads: 8, ffnSize: 7, vocabSize: 3 },
    { ...tiny, headSize: 6 },
    { ...tiny, tiedHead: true },
  ])('hold as many values as parameterCount says', (config) => {
    const total = parameterShapes(config).reduce((sum, { shape }) => sum + elementCount(shape), 0);
    expect(parameterCount(config)).toBe(total);
  });

  test.each([
    // What the publishers say of their models: Llama-2-7B, and Llama-3.2-1B, whose head is tied.
    [
      6_738_415_616,
      { hiddenSize: 4096, layers: 32, heads: 32, kvHeads: 32, headSize: 128, ffnSize: 11_008, vocabSize: 32_000 },
    ],
    [
      1_235_814_400,
      {
        hiddenSize: 2048,
        layers: 16,
        heads: 32,
        kvHeads: 8,
        headSize: 64,
        ffnSize: 8192,
        vocabSize: 128_256,
        tiedHead: true,
      },
    ],
  ])('of a published model hold %d values', (count, published) => {
    expect(parameterCount({ ...tiny, ...published })).toBe(count);
  });
});

describe('a model description from outside', () => {
  test('is taken when it is sound', () => {
    expect(parseModelConfig(tiny)).toEqual({ kind: 'valid', config: tiny });
  });

  test('may be a 72B model', () => {
    const widths = { hiddenSize: 8192, heads: 64, kvHeads: 8, headSize: 128, ffnSize: 29_568 };
    expect(parseModelConfig({ ...tiny, ...widths, layers: 80, vocabSize: 262_208 }).kind).toBe('valid');
  });

  test('may have heads whose widths do not add up to the hidden size', () => {
    expect(parseModelConfig({ ...tiny, heads: 3, kvHeads: 3, headSize: 64 }).kind).toBe('valid');
  });

  const bad = (change: Readonly<Record<string, unknown>>): readonly string[] => {
    const result = parseModelConfig({ ...tiny, ...change });
    return result.kind === 'invalid' ? result.problems : [];
  };

  test.each([
    ['hiddenSize', { hiddenSize: MODEL_LIMITS.hiddenSize + 1 }],
    ['layers', { layers: 0 }],
    ['layers', { layers: 1e9 }],
    ['heads', { heads: 1.5 }],
    ['kvHeads', { kvHeads: '4' }],
    ['headSize', { headSize: MODEL_LIMITS.headSize + 2 }],
    ['headSize', { headSize: undefined }],
    ['ffnSize', { ffnSize: NaN }],
    ['vocabSize', { vocabSize: -256 }],
    ['sequenceLength', { sequenceLength: Infinity }],
    ['ropeTheta', { ropeTheta: 0 }],
    ['rmsNormEpsilon', { rmsNormEpsilon: 0 }],
    ['tiedHead', { tiedHead: 1 }],
    ['extra', { extra: 1 }],
  ])('is refused with the name of the field %s', (field, change) => {
    expect(bad(change)).toContainEqual(expect.stringMatching(new RegExp(`^${field}: `)));
  });

  test.each([
    ['heads must be a multiple of kvHeads', { kvHeads: 3 }],
    ['headSize must be even (rotary positions turn pairs)', { headSize: 33 }],
    [
      'the model has too many parameters',
      { hiddenSize: 16_384, layers: 160, heads: 128, ffnSize: 65_536, vocabSize: 524_288 },
    ],
  ])('is refused: %s', (problem, change) => {
    expect(bad(change)).toContain(problem);
  });

  test.each([null, 7, 'tiny', [], {}])('is refused when it is %j', (input) => {
    expect(parseModelConfig(input).kind).toBe('invalid');
  });
});
