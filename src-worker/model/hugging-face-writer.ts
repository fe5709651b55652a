import type { ModelConfig } from '#protocol/model-shape.ts';

/** How the weights beside the `config.json` are stored. */
export type WeightType = 'float32' | 'bfloat16';

/**
 * A Hugging Face `config.json` that transformers 4 and 5 read as this model. `rope_theta` and `torch_dtype` are what
 * version 4 looks for, `rope_parameters` and `dtype` what version 5 does. The token ids are null: LlamaConfig's own
 * defaults, 1 and 2, would be two ordinary bytes in a model on bytes.
 */
export function writeModelConfig(config: ModelConfig, weightType: WeightType): Readonly<Record<string, unknown>> {
  // LlamaConfig takes no hidden size that is not a multiple of the heads. A Mistral without a window is the same model.
  const isLlama = config.hiddenSize % config.heads === 0;
  return {
    architectures: [isLlama ? 'LlamaForCausalLM' : 'MistralForCausalLM'],
    model_type: isLlama ? 'llama' : 'mistral',
    ...(isLlama ? { attention_bias: false, mlp_bias: false } : { sliding_window: null }),
    hidden_act: 'silu',
    attention_dropout: 0,
    hidden_size: config.hiddenSize,
    intermediate_size: config.ffnSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headSize,
    vocab_size: config.vocabSize,
    max_position_embeddings: config.sequenceLength,
    rms_norm_eps: config.rmsNormEpsilon,
    rope_theta: config.ropeTheta,
    rope_parameters: { rope_type: 'default', rope_theta: config.ropeTheta },
    tie_word_embeddings: config.tiedHead,
    torch_dtype: weightType,
    dtype: weightType,
    bos_token_id: null,
    eos_token_id: null,
    pad_token_id: null,
  };
}
