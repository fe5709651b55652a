import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, ProtocolError } from '#protocol/errors.ts';
import { parameterShapes, type ModelConfig } from '#protocol/model-shape.ts';
import { writeModelConfig, type WeightType } from '#worker/model/hugging-face-writer.ts';
import { MAX_TOKENIZER_BYTES } from '#worker/tokenizer/open-tokenizer.ts';
import { WEIGHTS_FILE } from './checkpoint.ts';
import { readRegularFile } from './regular-file.ts';
import { replaceFile } from './replace-file.ts';
import { writeSafetensors } from './write-safetensors.ts';

const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'] as const;

export interface SaveOptions {
  /** How the weights are stored; bfloat16 takes half of the space and keeps 8 of 24 bits. */
  readonly weightType: WeightType;
  /** A folder whose tokenizer files go along, as far as it has them. */
  readonly tokenizerFrom?: string;
  readonly signal?: AbortSignal;
}

/**
 * Writes a checkpoint that transformers and other tools open: model.safetensors and config.json in a folder.
 *
 * @param weights in the order of `parameterShapes`
 * @throws ProtocolError when they are not the weights of this model; what the file system throws
 */
export async function saveCheckpoint(
  directory: string,
  config: ModelConfig,
  weights: readonly Float32Array[],
  { weightType, tokenizerFrom, signal }: SaveOptions,
): Promise<void> {
  const shapes = parameterShapes(config);
  if (weights.length !== shapes.length) {
    throw new ProtocolError(`The model has ${shapes.length} parameters, ${weights.length} were given`);
  }
  const tensors = shapes.map(({ name, shape }, index) => {
    return { name, shape, values: () => weights[index] ?? new Float32Array(0) };
  });
  await mkdir(directory, { recursive: true });
  const type = weightType === 'float32' ? 'F32' : 'BF16';
  await writeSafetensors(join(directory, WEIGHTS_FILE), tensors, signal === undefined ? { type } : { type, signal });
  if (tokenizerFrom !== undefined) await copyTokenizer(tokenizerFrom, directory);
  // The last, so that a folder with a config.json is a whole checkpoint.
  const json = JSON.stringify(writeModelConfig(config, weightType), null, 2);
  await replaceFile(join(directory, 'config.json'), (handle) => handle.writeFile(`${json}\n`));
}

async function copyTokenizer(from: string, to: string): Promise<void> {
  for (const name of TOKENIZER_FILES) {
    let bytes: Uint8Array;
    try {
      bytes = await readRegularFile(join(from, name), MAX_TOKENIZER_BYTES);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') continue;
      throw error;
    }
    await replaceFile(join(to, name), (handle) => handle.writeFile(bytes));
  }
}
