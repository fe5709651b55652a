/** Values of a `config.json` by field. A Map, because a hostile file may call a field `__proto__`. */
export type Fields = ReadonlyMap<string, unknown>;

/** A value in the words of the file, short enough for a message. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}

export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Fields that change the mathematics unless they hold one of these values. An absent field is one of them, because
 * these are also the defaults of transformers' LlamaConfig and MistralConfig.
 */
export const HARMLESS_VALUES: ReadonlyMap<string, readonly unknown[]> = new Map<string, readonly unknown[]>([
  ['hidden_act', ['silu']],
  ['attention_bias', [false]],
  ['mlp_bias', [false]],
  ['attention_dropout', [0]],
  ['pretraining_tp', [1, null]],
  ['partial_rotary_factor', [1, null]],
  ['quantization_config', [null]],
  ['is_decoder', [false, true]],
  ['is_encoder_decoder', [false]],
  ['add_cross_attention', [false]],
  ['cross_attention_hidden_size', [null]],
  ['tie_encoder_decoder', [false]],
  ['chunk_size_feed_forward', [0]],
]);

/** Fields that say nothing about training: where the file came from, types on disk, token ids, settings of generation. */
export const IGNORED_FIELDS: ReadonlySet<string> = new Set([
  '_name_or_path',
  'name_or_path',
  '_commit_hash',
  'transformers_version',
  'torch_dtype',
  'dtype',
  'initializer_range',
  'use_cache',
  'attn_implementation',
  '_attn_implementation',
  '_attn_implementation_autoset',
  'bos_token_id',
  'eos_token_id',
  'pad_token_id',
  'unk_token_id',
  'sep_token_id',
  'cls_token_id',
  'decoder_start_token_id',
  'tokenizer_class',
  'prefix',
  'return_dict',
  'output_attentions',
  'output_hidden_states',
  'torchscript',
  'tf_legacy_loss',
  'use_bfloat16',
  'id2label',
  'label2id',
  'problem_type',
  'finetuning_task',
  'task_specific_params',
  // transformers 4 kept the settings of generation here.
  'max_length',
  'min_length',
  'do_sample',
  'early_stopping',
  'num_beams',
  'num_beam_groups',
  'diversity_penalty',
  'temperature',
  'top_k',
  'top_p',
  'typical_p',
  'repetition_penalty',
  'length_penalty',
  'no_repeat_ngram_size',
  'encoder_no_repeat_ngram_size',
  'bad_words_ids',
  'num_return_sequences',
  'output_scores',
  'return_dict_in_generate',
  'forced_bos_token_id',
  'forced_eos_token_id',
  'remove_invalid_values',
  'exponential_decay_length_penalty',
  'suppress_tokens',
  'begin_suppress_tokens',
]);
