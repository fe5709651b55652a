import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { errorCode, ProtocolError } from '#protocol/errors.ts';
import { readJsonFile } from './json-file.ts';
import { openSafetensors, type TensorSource } from './safetensors-file.ts';

export const WEIGHTS_FILE = 'model.safetensors';
export const INDEX_FILE = `${WEIGHTS_FILE}.index.json`;
export const CONFIG_FILE = 'config.json';
/** An entry has about 100 bytes, and there are fewer than ten thousand. */
const MAX_INDEX_BYTES = 4 * 1024 * 1024;
/** A file each stays open; systems allow a process about a thousand. */
const MAX_FILES = 512;
/** A plain name in the folder of the index: no path, no drive, no hidden file. */
const FILE_NAME = /^\w[\w.-]*\.safetensors$/;

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
const indexSchema = v.object({ weight_map: v.custom<Readonly<Record<string, unknown>>>(isObject) });

/**
 * Opens the weights of a checkpoint: one safetensors file, an index over several, or a folder that holds either under the
 * names that transformers gives them. A folder without config.json is refused: see `saveCheckpoint`.
 * @throws ProtocolError that names the file
 */
export async function openCheckpoint(path: string): Promise<TensorSource> {
  if (!(await stat(path)).isDirectory()) return path.endsWith('.index.json') ? openIndex(path) : openSafetensors(path);
  for (const [name, openFile] of [
    [WEIGHTS_FILE, openSafetensors],
    [INDEX_FILE, openIndex],
  ] as const) {
    if (!(await exists(join(path, name)))) continue;
    if (await exists(join(path, CONFIG_FILE))) return openFile(join(path, name));
    throw new ProtocolError(`${path} has no ${CONFIG_FILE}, so it is no whole checkpoint; was its saving cut short?`);
  }
  throw new ProtocolError(`${path} holds neither ${WEIGHTS_FILE} nor ${INDEX_FILE}`);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

async function openIndex(path: string): Promise<TensorSource> {
  const json = v.safeParse(indexSchema, await readJsonFile(path, MAX_INDEX_BYTES));
  if (!json.success) throw new ProtocolError(`${path} has no weight_map`);
  const fileOf = new Map<string, string>();
  for (const [name, file] of Object.entries(json.output.weight_map)) {
    if (typeof file !== 'string' || !FILE_NAME.test(file)) {
      const place = `${name.slice(0, 80)} is in ${JSON.stringify(file).slice(0, 80)}`;
      throw new ProtocolError(`${path} says that ${place}, which is no name of a safetensors file beside it`);
    }
    fileOf.set(name, file);
  }
  const files = [...new Set(fileOf.values())];
  if (files.length > MAX_FILES) throw new ProtocolError(`${path} names ${files.length} files, more than ${MAX_FILES}`);
  const opened = new Map<string, TensorSource>();
  const close = async (): Promise<void> => {
    await Promise.all([...opened.values()].map((source) => source.close()));
  };
  try {
    for (const file of files) opened.set(file, await openPart(path, file));
    return { ...merge(path, opened, fileOf), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openPart(index: string, file: string): Promise<TensorSource> {
  try {
    return await openSafetensors(join(dirname(index), file));
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') throw new ProtocolError(`${index} names ${file}, which is missing`, { cause });
    throw cause;
  }
}

/** One view of all files. Every tensor is in one file only, and where the index says. */
function merge(
  index: string,
  opened: ReadonlyMap<string, TensorSource>,
  fileOf: ReadonlyMap<string, string>,
): Omit<TensorSource, 'close'> {
  const sources = new Map<string, TensorSource>();
  const tensors = new Map<string, NonNullable<ReturnType<TensorSource['tensors']['get']>>>();
  for (const [file, source] of opened) {
    for (const [name, tensor] of source.tensors) {
      if (sources.has(name)) throw new ProtocolError(`Tensor ${name} is in ${file} and in another file of ${index}`);
      sources.set(name, source);
      tensors.set(name, tensor);
    }
  }
  for (const [name, file] of fileOf) {
    if (opened.get(file)?.tensors.has(name) !== true) {
      throw new ProtocolError(`${index} says that tensor ${name} is in ${file}, but it is not`);
    }
  }
  return {
    tensors,
    read: async (name, options) => {
      const source = sources.get(name);
      if (source === undefined) throw new ProtocolError(`${index} names no tensor ${name}`);
      return source.read(name, options);
    },
  };
}
