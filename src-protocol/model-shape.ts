import * as v from 'valibot';

/**
 * A decoder of the Llama family, with the meaning that the fields have in a Hugging Face `config.json`:
 * RMSNorm before attention and MLP, rotary positions in the half-split layout, grouped-query attention, SwiGLU.
 */
export interface ModelConfig {
  /** Width of the residual stream. */
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Key/value heads; `heads / kvHeads` query heads share one. */
  readonly kvHeads: number;
  /** Width of one head (`head_dim`). `heads · headSize` need not be `hiddenSize`. */
  readonly headSize: number;
  /** Inner width of the SwiGLU block. */
  readonly ffnSize: number;
  readonly vocabSize: number;
  /** Tokens in one training window. */
  readonly sequenceLength: number;
  readonly ropeTheta: number;
  readonly rmsNormEpsilon: number;
  /** The embedding serves as the head too (`tie_word_embeddings`): there is no `lm_head.weight`. */
  readonly tiedHead: boolean;
}

/** One parameter tensor: linear weights are [out, in]. `initialScale` null means "filled with ones" (norm weights). */
export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initialScale: number | null;
}

/**
 * The largest model that a message may describe. The widths leave room for the 72B class (hidden 8192, vocabulary 262,208);
 * the count bounds the list of names before anything is allocated.
 */
export const MODEL_LIMITS = {
  hiddenSize: 16_384,
  layers: 160,
  heads: 256,
  headSize: 1024,
  ffnSize: 65_536,
  vocabSize: 524_288,
  sequenceLength: 131_072,
  parameters: 2 ** 38,
} as const;

const size = (largest: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(largest));

/** Checks a model description of unknown origin: sizes within MODEL_LIMITS, and sizes that fit each other. */
export const modelConfigSchema = v.pipe(
  v.strictObject({
    hiddenSize: size(MODEL_LIMITS.hiddenSize),
    layers: size(MODEL_LIMITS.layers),
    heads: size(MODEL_LIMITS.heads),
    kvHeads: size(MODEL_LIMITS.heads),
    headSize: size(MODEL_LIMITS.headSize),
    ffnSize: size(MODEL_LIMITS.ffnSize),
    vocabSize: size(MODEL_LIMITS.vocabSize),
    sequenceLength: size(MODEL_LIMITS.sequenceLength),
    ropeTheta: v.pipe(v.number(), v.minValue(1), v.maxValue(1e9)),
    rmsNormEpsilon: v.pipe(v.number(), v.minValue(1e-12), v.maxValue(1)),
    tiedHead: v.boolean(),
  }),
  v.check((c) => c.heads % c.kvHeads === 0, 'heads must be a multiple of kvHeads'),
  v.check((c) => c.headSize % 2 === 0, 'headSize must be even (rotary positions turn pairs)'),
  v.check((c) => parameterCount(c) <= MODEL_LIMITS.parameters, 'the model has too many parameters'),
);

export type ModelConfigResult =
  | { readonly kind: 'valid'; readonly config: ModelConfig }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

/** Reads a model description of unknown origin. The problems name the fields. */
export function parseModelConfig(input: unknown): ModelConfigResult {
  const result = v.safeParse(modelConfigSchema, input);
  if (result.success) return { kind: 'valid', config: result.output };
  const problems = result.issues.map((issue) => {
    const path = v.getDotPath(issue);
    return path === null ? issue.message : `${path}: ${issue.message}`;
  });
  return { kind: 'invalid', problems };
}

/**
 * Every parameter in the order that all of Millrace uses (updates, checkpoints, state roots), under Hugging Face names.
 * Scales are 1/√(inputs), written with ÷ and √ only so that initial weights are bit-exact on every machine.
 */
export function parameterShapes(config: ModelConfig): readonly ParameterShape[] {
  const { hiddenSize, ffnSize, vocabSize } = config;
  const querySize = config.heads * config.headSize;
  const keyValueSize = config.kvHeads * config.headSize;
  const linear = (name: string, outputs: number, inputs: number): ParameterShape => {
    return { name, shape: [outputs, inputs], initialScale: 1 / Math.sqrt(inputs) };
  };
  const norm = (name: string): ParameterShape => ({ name, shape: [hiddenSize], initialScale: null });

  const out: ParameterShape[] = [
    { name: 'model.embed_tokens.weight', shape: [vocabSize, hiddenSize], initialScale: 0.02 },
  ];
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}.`;
    out.push(
      norm(prefix + 'input_layernorm.weight'),
      linear(prefix + 'self_attn.q_proj.weight', querySize, hiddenSize),
      linear(prefix + 'self_attn.k_proj.weight', keyValueSize, hiddenSize),
      linear(prefix + 'self_attn.v_proj.weight', keyValueSize, hiddenSize),
      linear(prefix + 'self_attn.o_proj.weight', hiddenSize, querySize),
      norm(prefix + 'post_attention_layernorm.weight'),
      linear(prefix + 'mlp.gate_proj.weight', ffnSize, hiddenSize),
      linear(prefix + 'mlp.up_proj.weight', ffnSize, hiddenSize),
      linear(prefix + 'mlp.down_proj.weight', hiddenSize, ffnSize),
    );
  }
  out.push(norm('model.norm.weight'));
  if (!config.tiedHead) out.push(linear('lm_head.weight', vocabSize, hiddenSize));
  return out;
}

/** Number of float32 values in the model. Closed form, so that it is cheap on a hostile description. */
export function parameterCount(config: ModelConfig): number {
  const { hiddenSize, layers, heads, kvHeads, headSize, ffnSize, vocabSize, tiedHead } = config;
  const attention = 2 * hiddenSize * headSize * (heads + kvHeads);
  const perLayer = attention + 3 * hiddenSize * ffnSize + 2 * hiddenSize;
  return layers * perLayer + (tiedHead ? 1 : 2) * vocabSize * hiddenSize + hiddenSize;
}

/** Number of values in a tensor of this shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
