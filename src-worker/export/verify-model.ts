import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ProtocolError } from '#protocol/errors.ts';
import { EXPORT_FILES, largestBytes, type Provenance } from '#protocol/export/folder.ts';
import { type ModelConfig, parameterCount } from '#protocol/model-shape.ts';
import { decodeRunSpec, runIdOf } from '#protocol/run-spec.ts';
import { readModelConfig } from '../model/hugging-face-config.ts';
import type { Run } from '../run/open-run.ts';
import { byteTokenizerConfig, byteTokenizerJson } from '../tokenizer/byte-tokenizer-files.ts';
import { readJsonFile } from '../weights/json-file.ts';
import { readRegularFile } from '../weights/regular-file.ts';
import { type Listing, wordsOf } from './verify-folder.ts';

export interface Finding {
  readonly problems: readonly string[];
  /** What was found, when nothing is wrong. */
  readonly good: string;
}

/** The run that `run.cbor` is; `null` when it is none, or another than the folder is said to be of. */
export async function readRun(
  folder: string,
  listing: Listing,
  said: Provenance,
): Promise<Finding & { readonly run: Run | null; readonly bytes: Uint8Array | null }> {
  const name = EXPORT_FILES.runSpec;
  try {
    const bytes = await readRegularFile(placeOf(folder, listing, name), largestBytes(name));
    const run = { id: runIdOf(bytes), spec: decodeRunSpec(bytes) };
    const isNamed = run.id === said.run.id;
    const problems: string[] = [];
    if (!isNamed) problems.push(`${name} is run ${run.id}, not ${said.run.id}`);
    if (run.spec.name !== said.run.name) {
      problems.push(`${name} is the run “${run.spec.name}”, provenance.json says “${said.run.name}”`);
    }
    return {
      run: isNamed ? run : null,
      bytes: isNamed ? bytes : null,
      problems,
      good: `${name} is run ${run.id.slice(0, 12)}… “${run.spec.name}”`,
    };
  } catch (error) {
    return { run: null, bytes: null, problems: [`${name}: ${wordsOf(error)}`], good: '' };
  }
}

/** Whether `config.json` describes the model of the run, in the eyes of whoever opens it. */
export async function checkConfig(folder: string, listing: Listing, model: ModelConfig): Promise<Finding> {
  const name = EXPORT_FILES.config;
  const good = `${name} describes the model of the run, ${parameterCount(model)} parameters`;
  try {
    const read = readModelConfig(await readJsonFile(placeOf(folder, listing, name), largestBytes(name)));
    if (read.kind === 'invalid') return { problems: read.problems.map((problem) => `${name}: ${problem}`), good };
    const found = new Map<string, unknown>(Object.entries(read.config));
    const problems = Object.entries(model)
      .filter(([field, value]) => found.get(field) !== value)
      .map(([field, value]) => `${name}: ${field} is ${String(found.get(field))}, in the run it is ${String(value)}`);
    return { problems, good };
  } catch (error) {
    return { problems: [`${name}: ${wordsOf(error)}`], good };
  }
}

/** Whether the tokenizer's files are those of the bytes that the run trains on, and nothing else. */
export async function checkTokenizer(
  folder: string,
  listing: Listing,
  { vocabSize, sequenceLength }: ModelConfig,
): Promise<Finding> {
  const problems: string[] = [];
  for (const [name, expected] of [
    [EXPORT_FILES.tokenizer, byteTokenizerJson(vocabSize)],
    [EXPORT_FILES.tokenizerConfig, byteTokenizerConfig(sequenceLength)],
  ] as const) {
    try {
      const found = await readJsonFile(placeOf(folder, listing, name), largestBytes(name));
      if (!isDeepStrictEqual(found, expected))
        problems.push(`${name} is not the tokenizer of bytes that the run trains on`);
    } catch (error) {
      problems.push(`${name}: ${wordsOf(error)}`);
    }
  }
  return { problems, good: 'the tokenizer turns text into its UTF-8 bytes' };
}

/** The path of a file that was seen to be a regular one, and no link. @throws ProtocolError when it is not */
function placeOf(folder: string, { files }: Listing, name: string): string {
  if (!files.has(name)) throw new ProtocolError('it is missing');
  return join(folder, name);
}
