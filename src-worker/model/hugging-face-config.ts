import { MODEL_LIMITS, parseModelConfig, type ModelConfig, type ModelConfigResult } from '#protocol/model-shape.ts';
import { HARMLESS_VALUES, IGNORED_FIELDS, isObject, shown, type Fields } from './hugging-face-fields.ts';
import { readRopeTheta, ROPE_FIELDS } from './hugging-face-rope.ts';

/** What differs between the model types: defaults, from transformers' LlamaConfig and MistralConfig (5.23). */
const MODEL_TYPES = {
  llama: { architecture: 'LlamaForCausalLM', keyValueHeads: null, positions: 2048, slidingWindow: null },
  mistral: { architecture: 'MistralForCausalLM', keyValueHeads: 8, positions: 131_072, slidingWindow: 4096 },
} as const;

/** Fields that `readModelConfig` reads one by one. */
const READ_FIELDS: ReadonlySet<string> = new Set([
  'model_type',
  'architectures',
  'auto_map',
  'hidden_size',
  'intermediate_size',
  'num_hidden_layers',
  'num_attention_heads',
  'num_key_value_heads',
  'head_dim',
  'vocab_size',
  'max_position_embeddings',
  'rms_norm_eps',
  'tie_word_embeddings',
  'sliding_window',
  ...ROPE_FIELDS,
]);

/** A hostile file may have a million unknown fields; nobody reads more problems than this. */
const MAX_PROBLEMS = 20;

/**
 * Reads a parsed Hugging Face `config.json`. A field that would change the model in a way that Millrace does not compute,
 * and a field that nobody here knows, is a problem; each problem names its field and says what is accepted.
 *
 * @param sequenceLength tokens in one training window; at most, and by default, the model's `max_position_embeddings`
 */
export function readModelConfig(json: unknown, sequenceLength?: number): ModelConfigResult {
  if (!isObject(json)) return invalid([`config.json must be an object, found ${shown(json)}`]);
  const fields: Fields = new Map<string, unknown>(Object.entries(json));
  const type = fields.get('model_type');
  // The other fields mean something else in another family: nothing more can be said about them.
  if (type !== 'llama' && type !== 'mistral') {
    return invalid([`model_type: ${shown(type)} is not supported; "llama" and "mistral" are`]);
  }
  const problems = strangeFields(fields, MODEL_TYPES[type]);
  const config = readSizes(fields, MODEL_TYPES[type], sequenceLength, problems);
  if (problems.length > 0) return invalid(problems);
  return parseModelConfig(config);
}

function invalid(problems: readonly string[]): ModelConfigResult {
  const more = problems.length - MAX_PROBLEMS;
  if (more <= 0) return { kind: 'invalid', problems };
  return { kind: 'invalid', problems: [...problems.slice(0, MAX_PROBLEMS), `and ${more} more problems`] };
}

/** Problems of all fields that are no size. */
function strangeFields(fields: Fields, type: (typeof MODEL_TYPES)[keyof typeof MODEL_TYPES]): string[] {
  const problems: string[] = [];
  for (const [field, value] of fields) {
    const harmless = HARMLESS_VALUES.get(field);
    if (harmless !== undefined && !harmless.includes(value)) {
      problems.push(`${field}: must be ${harmless.map(shown).join(' or ')}, found ${shown(value)}`);
    }
    if (harmless === undefined && !IGNORED_FIELDS.has(field) && !READ_FIELDS.has(field)) {
      problems.push(
        `${shown(field).slice(1, -1)}: not a known field of a Llama model; leave it out if it has no effect`,
      );
    }
  }
  const architectures = fields.get('architectures') ?? null;
  const isOurs = Array.isArray(architectures) && architectures.every((name) => name === type.architecture);
  if (architectures !== null && !isOurs) {
    problems.push(`architectures: must be ["${type.architecture}"], found ${shown(architectures)}`);
  }
  if (fields.has('auto_map')) problems.push('auto_map: must be absent; a model with code of its own is not supported');
  if (fields.has('sliding_window') && fields.get('sliding_window') !== null) {
    problems.push(`sliding_window: must be null, found ${shown(fields.get('sliding_window'))}`);
  }
  if (!fields.has('sliding_window') && type.slidingWindow !== null) {
    problems.push(`sliding_window: must be null, and without the field it is ${type.slidingWindow}`);
  }
  return problems;
}

function readSizes(
  fields: Fields,
  type: (typeof MODEL_TYPES)[keyof typeof MODEL_TYPES],
  sequenceLength: number | undefined,
  problems: string[],
): ModelConfig {
  /** A whole number; a field that is absent, or null, may have a default. NaN once it is a problem, or its default is. */
  const size = (field: string, most: number, absent?: number, whenNull?: number): number => {
    const value = fields.get(field) === null ? whenNull : (fields.get(field) ?? absent);
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
    if (!Number.isNaN(value)) {
      problems.push(`${field}: must be a whole number from 1 to ${most}, found ${shown(fields.get(field))}`);
    }
    return NaN;
  };
  const hiddenSize = size('hidden_size', MODEL_LIMITS.hiddenSize);
  const heads = size('num_attention_heads', MODEL_LIMITS.heads);
  const kvHeads = size('num_key_value_heads', MODEL_LIMITS.heads, type.keyValueHeads ?? heads, heads);
  if (heads % kvHeads > 0) {
    problems.push(`num_key_value_heads: must divide num_attention_heads, ${heads}, found ${kvHeads}`);
  }
  const share = hiddenSize / heads;
  const headSize = size('head_dim', MODEL_LIMITS.headSize, share, share);
  if (headSize % 2 === 1) problems.push(`head_dim: must be even (rotary positions turn pairs), found ${headSize}`);

  const positions = size('max_position_embeddings', Number.MAX_SAFE_INTEGER, type.positions);
  const length = sequenceLength ?? Math.min(positions, MODEL_LIMITS.sequenceLength);
  if (length > positions) {
    problems.push(`max_position_embeddings: the model has ${positions} positions, fewer than the ${length} asked for`);
  }
  const rmsNormEpsilon = fields.has('rms_norm_eps') ? fields.get('rms_norm_eps') : 1e-6;
  if (typeof rmsNormEpsilon !== 'number' || !(rmsNormEpsilon >= 1e-12 && rmsNormEpsilon <= 1)) {
    problems.push(`rms_norm_eps: must be a number from 1e-12 to 1, found ${shown(rmsNormEpsilon)}`);
  }
  const tiedHead = fields.has('tie_word_embeddings') ? fields.get('tie_word_embeddings') : false;
  if (typeof tiedHead !== 'boolean') {
    problems.push(`tie_word_embeddings: must be true or false, found ${shown(tiedHead)}`);
  }
  return {
    hiddenSize,
    layers: size('num_hidden_layers', MODEL_LIMITS.layers),
    heads,
    kvHeads,
    headSize,
    ffnSize: size('intermediate_size', MODEL_LIMITS.ffnSize),
    vocabSize: size('vocab_size', MODEL_LIMITS.vocabSize),
    sequenceLength: length,
    ropeTheta: readRopeTheta(fields, problems),
    rmsNormEpsilon: Number(rmsNormEpsilon),
    tiedHead: tiedHead === true,
  };
}
