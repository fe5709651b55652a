import { join } from 'node:path';
import { errorCode, errorMessage, ProtocolError } from '#protocol/errors.ts';
import { readJsonFile } from '#worker/weights/json-file.ts';
import { checkPatterns } from './patterns.ts';
import { withinTime } from './time-limit.ts';
import { checkedTokens, type Tokenizer } from './tokenizer.ts';
import { vocabSizeOf } from './vocabulary.ts';

/** The largest published ones, with a vocabulary of 262,144, have 33 MB. */
export const MAX_TOKENIZER_BYTES = 40 * 1024 * 1024;
const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

/** How long the library may take: many times what it needs on a slow machine. */
export interface TokenizerLimits {
  readonly openMs: number;
  /** For a call, however short its text. */
  readonly callMs: number;
  /** More for each character, or each token. */
  readonly itemMs: number;
}

const LIMITS: TokenizerLimits = { openMs: 60_000, callMs: 5_000, itemMs: 0.05 };

/**
 * Opens the tokenizer of a checkpoint: tokenizer.json, and tokenizer_config.json where there is one. Special tokens that
 * the text spells out are recognised, and characters that the vocabulary cannot express are left out, as in the Python
 * library. The file brings regular expressions of its own, and a hostile one would take for ever: each call has a limit.
 * @throws ProtocolError that names the file; what the file system throws
 */
export async function openTokenizer(directory: string, limits: TokenizerLimits = LIMITS): Promise<Tokenizer> {
  const path = join(directory, 'tokenizer.json');
  const json = objectOf(await readJsonFile(path, MAX_TOKENIZER_BYTES), path);
  const config = await readConfig(join(directory, 'tokenizer_config.json'));
  const vocabSize = vocabSizeOf(json, path);
  checkPatterns(json, path);
  const library = await loadLibrary(path, json, config, limits.openMs);
  /** @param items characters or tokens */
  const limited = <T>(what: string, items: number, work: () => T): T =>
    withinTime(limits.callMs + limits.itemMs * items, `${what} with ${path}`, work);
  return {
    vocabSize,
    encode: (text) => {
      const { ids } = limited('Encoding', text.length, () => library.encode(text, { add_special_tokens: false }));
      return checkedTokens(ids, vocabSize, path);
    },
    decode: (tokens) => {
      const checked = [...checkedTokens(tokens, vocabSize, path)];
      // A vocabulary may have gaps.
      const unknown = checked.find((token) => library.id_to_token(token) === undefined);
      if (unknown !== undefined) throw new ProtocolError(`${path} has no token ${unknown}`);
      // The library refuses an empty list.
      if (checked.length === 0) return '';
      const options = { skip_special_tokens: false, clean_up_tokenization_spaces: false };
      return limited('Decoding', checked.length, () => library.decode(checked, options));
    },
  };
}

/** Imports the package here and not before, so that a process which works on bytes never pays for it. */
async function loadLibrary(path: string, json: object, config: object, limitMs: number) {
  const { Tokenizer: LibraryTokenizer } = await import('@huggingface/tokenizers');
  try {
    return withinTime(limitMs, 'Opening it', () => new LibraryTokenizer(json, config));
  } catch (cause) {
    throw new ProtocolError(`${path} is no tokenizer that can be used: ${errorMessage(cause)}`, { cause });
  }
}

async function readConfig(path: string): Promise<object> {
  try {
    return objectOf(await readJsonFile(path, MAX_CONFIG_BYTES), path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return {};
    throw error;
  }
}

function objectOf(value: unknown, path: string): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new ProtocolError(`${path} is not a JSON object`);
}
