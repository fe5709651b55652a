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
  ffnSize: 352,
  vocabSize: 256,
  sequenceLength: 128,
  ropeTheta: 10_000,
  rmsNormEpsilon: 1e-5,
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

  test.each([tiny, { ...tiny, layers: 1 }, { ...tiny, heads: 8, kvHeads: 8, ffnSize: 7, vocabSize: 3 }])(
    'hold as many values as parameterCount says',
    (config) => {
      const total = parameterShapes(config).reduce((sum, { shape }) => sum + elementCount(shape), 0);
      expect(parameterCount(config)).toBe(total);
    },
  );
});

describe('a model description from outside', () => {
  test('is taken when it is sound', () => {
    expect(parseModelConfig(tiny)).toEqual({ kind: 'valid', config: tiny });
  });

  test('may be a 72B model', () => {
    const large = { ...tiny, hiddenSize: 8192, layers: 80, heads: 64, kvHeads: 8, ffnSize: 29_568, vocabSize: 262_208 };
    expect(parseModelConfig(large).kind).toBe('valid');
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
    ['ffnSize', { ffnSize: NaN }],
    ['vocabSize', { vocabSize: -256 }],
    ['sequenceLength', { sequenceLength: Infinity }],
    ['ropeTheta', { ropeTheta: 0 }],
    ['rmsNormEpsilon', { rmsNormEpsilon: 0 }],
    ['extra', { extra: 1 }],
  ])('is refused with the name of the field %s', (field, change) => {
    expect(bad(change)).toContainEqual(expect.stringMatching(new RegExp(`^${field}: `)));
  });

  test.each([
    ['hiddenSize must be a multiple of heads', { heads: 3, kvHeads: 3 }],
    ['heads must be a multiple of kvHeads', { kvHeads: 3 }],
    ['hiddenSize / heads must be even (rotary positions turn pairs)', { hiddenSize: 12, heads: 4 }],
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
