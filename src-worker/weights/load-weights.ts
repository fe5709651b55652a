import { bytesOf } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { parameterShapes, type ModelConfig, type ParameterShape } from '#protocol/model-shape.ts';
import { openCheckpoint } from './checkpoint.ts';
import { isWeightElement } from './element-types.ts';
import type { TensorSource } from './safetensors-file.ts';

const EMBEDDING = 'model.embed_tokens.weight';
const HEAD = 'lm_head.weight';
/** Old Llama checkpoints carry the rotary frequencies, which follow from the configuration. transformers ignores them too. */
const DERIVED = /^model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq$/;
const COMPARED_ELEMENTS = 4 * 1024 * 1024;
const MAX_PROBLEMS = 20;

export interface LoadOptions {
  /** Only these parameters: what a shard holds. All when absent. */
  readonly names?: ReadonlySet<string>;
  readonly signal?: AbortSignal;
}

/**
 * Loads a model's weights from a checkpoint (see `openCheckpoint`), one array for each of `parameterShapes` that is asked for,
 * in that order.
 * @throws ProtocolError that names every tensor that is missing, unexpected, of another shape or of a type that is not read
 */
export async function loadWeights(
  path: string,
  config: ModelConfig,
  { names, signal }: LoadOptions = {},
): Promise<readonly Float32Array[]> {
  const all = parameterShapes(config);
  const wanted = names === undefined ? all : all.filter(({ name }) => names.has(name));
  const source = await openCheckpoint(path);
  try {
    const problems = await differences(source, config, all, wanted, signal);
    if (problems.length > 0) {
      const listed = problems.slice(0, MAX_PROBLEMS).join('; ');
      const more = problems.length > MAX_PROBLEMS ? `; and ${problems.length - MAX_PROBLEMS} more` : '';
      throw new ProtocolError(`${path} does not hold the weights of this model: ${listed}${more}`);
    }
    const weights: Float32Array[] = [];
    for (const { name } of wanted) weights.push(await source.read(name, signal === undefined ? {} : { signal }));
    return weights;
  } finally {
    await source.close();
  }
}

async function differences(
  source: TensorSource,
  config: ModelConfig,
  all: readonly ParameterShape[],
  wanted: readonly ParameterShape[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { name, shape } of wanted) {
    const stored = source.tensors.get(name);
    if (stored === undefined) {
      problems.push(`${name} is missing`);
    } else if (stored.shape.length !== shape.length || stored.shape.some((extent, axis) => extent !== shape[axis])) {
      problems.push(`${name} has shape [${stored.shape.join(', ')}] instead of [${shape.join(', ')}]`);
    } else if (!isWeightElement(stored.type)) {
      problems.push(`${name} is of type ${stored.type}; F32, F16 and BF16 are read`);
    }
  }
  const known = new Set(all.map(({ name }) => name));
  for (const name of source.tensors.keys()) {
    if (known.has(name) || DERIVED.test(name)) continue;
    if (name !== HEAD || !config.tiedHead) problems.push(`${name} is unexpected`);
    else if (wanted.some((shape) => shape.name === EMBEDDING) && !(await isSame(source, EMBEDDING, HEAD, signal))) {
      problems.push(`${HEAD} differs from ${EMBEDDING}, although the configuration ties them`);
    }
  }
  return problems;
}

/** Whether two tensors hold the same bits, compared piece by piece. */
async function isSame(source: TensorSource, a: string, b: string, signal: AbortSignal | undefined): Promise<boolean> {
  const [first, second] = [source.tensors.get(a), source.tensors.get(b)];
  // When either cannot be compared, the problem of the embedding, if it has one, is listed already.
  if (first === undefined || !isWeightElement(first.type)) return true;
  if (second?.elements !== first.elements || !isWeightElement(second.type)) return false;
  for (let at = 0; at < first.elements; at += COMPARED_ELEMENTS) {
    const count = Math.min(COMPARED_ELEMENTS, first.elements - at);
    const options = { first: at, count, ...(signal === undefined ? {} : { signal }) };
    const [left, right] = await Promise.all([source.read(a, options), source.read(b, options)]);
    if (Buffer.compare(bytesOf(left), bytesOf(right)) !== 0) return false;
  }
  return true;
}
