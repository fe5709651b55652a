import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errorCode, ProtocolError } from '#protocol/errors.ts';
import { parameterShapes, type ModelConfig } from '#protocol/model-shape.ts';
import { writeModelConfig, type WeightType } from '#worker/model/hugging-face-writer.ts';
import { MAX_TOKENIZER_BYTES } from '#worker/tokenizer/open-tokenizer.ts';
import { CONFIG_FILE, INDEX_FILE, WEIGHTS_FILE } from './checkpoint.ts';
import { readRegularFile } from './regular-file.ts';
import { replaceFile, syncFolder } from './replace-file.ts';
import { writeSafetensors } from './write-safetensors.ts';

/** Within the folder of the checkpoint, so that files move from here to their places without being copied. */
const STAGE = '.millrace-save';
/** As transformers names the parts of a checkpoint. */
const SHARD = /^model-\d{5}-of-\d{5}\.safetensors$/;
const TOKENIZER_FILES: readonly string[] = ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'];

export interface SaveOptions {
  /** How the weights are stored; bfloat16 takes half of the space and keeps 8 of 24 bits. */
  readonly weightType: WeightType;
  /**
   * A folder whose tokenizer files go along, as far as it has them: they replace those of the checkpoint that was there.
   * Without it those stay.
   */
  readonly tokenizerFrom?: string;
  readonly signal?: AbortSignal;
}

/**
 * Writes a checkpoint that transformers and other tools open: model.safetensors and config.json in a folder. It replaces a
 * checkpoint that is there, also one of several files; other files stay. At whatever instant the process or the machine ends,
 * the folder holds the old checkpoint, or the new one, or no config.json: then `openCheckpoint`, and other tools, refuse it.
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
  await makeFolder(directory);
  const stage = join(directory, STAGE);
  await rm(stage, { recursive: true, force: true }); // of a save that was cut short
  await mkdir(stage);
  try {
    const type = weightType === 'float32' ? 'F32' : 'BF16';
    await writeSafetensors(join(stage, WEIGHTS_FILE), tensors, signal === undefined ? { type } : { type, signal });
    if (tokenizerFrom !== undefined) await copyTokenizer(tokenizerFrom, stage);
    const json = JSON.stringify(writeModelConfig(config, weightType), null, 2);
    await replaceFile(join(stage, CONFIG_FILE), (handle) => handle.writeFile(`${json}\n`));
    await putInPlace(stage, directory, (name) => tokenizerFrom !== undefined && TOKENIZER_FILES.includes(name));
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/**
 * Puts the files of `stage`, which are whole and on disk, in the place of an old checkpoint's. From the first step to the last
 * there is no config.json. Each of the three steps is on disk before the next begins.
 */
async function putInPlace(stage: string, directory: string, isReplaced: (name: string) => boolean): Promise<void> {
  await rm(join(directory, CONFIG_FILE), { force: true });
  await syncFolder(directory);

  for (const name of await readdir(directory)) {
    if (name === INDEX_FILE || SHARD.test(name) || isReplaced(name)) await rm(join(directory, name));
  }
  for (const name of await readdir(stage)) {
    if (name !== CONFIG_FILE) await rename(join(stage, name), join(directory, name));
  }
  await syncFolder(directory);

  await rename(join(stage, CONFIG_FILE), join(directory, CONFIG_FILE));
  await syncFolder(directory);
}

/** Makes a folder that stays when the power fails, with those above it. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  const last = dirname(resolve(first));
  // On Windows `first` may be spelled otherwise: the root ends it too.
  for (let made = resolve(path); made !== last && made !== dirname(made); made = dirname(made)) {
    await syncFolder(dirname(made));
  }
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
