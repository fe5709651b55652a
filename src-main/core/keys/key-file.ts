import * as v from 'valibot';
import { fromHex, toHex } from '#protocol/bytes.ts';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import { keyPairFromSeed, type KeyPair } from '#protocol/keys.ts';
import { readSmallFile, writePrivateFile } from '../private-file.ts';

/** A key with the seed that it came from; the seed goes to a child in its first message and nowhere else. */
export interface StoredKey {
  readonly pair: KeyPair;
  /** 32 bytes, lower-case hex. */
  readonly seedHex: string;
}

const MAX_KEY_FILE_BYTES = 64 * 1024;

const keyFileSchema = v.object({
  version: v.literal(1),
  keys: v.record(v.string(), v.object({ address: v.string(), seedHex: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)) })),
});

/**
 * Reads the named keys of a file, or creates the file with fresh ones when there is none. A file that exists is never
 * overwritten: whoever lost a key to a "repair" would have lost money.
 * @param randomSeed 32 fresh random bytes
 * @throws MillraceError SETTINGS naming the file, when it is damaged or lacks a key
 */
export function openKeyFile<Name extends string>(
  path: string,
  names: readonly Name[],
  randomSeed: () => Uint8Array,
): Readonly<Record<Name, StoredKey>> {
  const text = readKeyText(path);
  return text === null ? createKeyFile(path, names, randomSeed) : parseKeyFile(path, names, text);
}

function createKeyFile<Name extends string>(
  path: string,
  names: readonly Name[],
  randomSeed: () => Uint8Array,
): Record<Name, StoredKey> {
  const entries = names.map((name) => [name, storedKey(toHex(randomSeed()))] as const);
  const keys = Object.fromEntries(
    entries.map(([name, key]) => [name, { address: key.pair.address, seedHex: key.seedHex }]),
  );
  writePrivateFile(path, `${JSON.stringify({ version: 1, keys }, null, 2)}\n`);
  return Object.fromEntries(entries) as Record<Name, StoredKey>;
}

function parseKeyFile<Name extends string>(
  path: string,
  names: readonly Name[],
  text: string,
): Record<Name, StoredKey> {
  const parsed = v.safeParse(keyFileSchema, parseJson(text));
  if (!parsed.success) throw damaged(path, 'it is not a key file of this version');
  const entries = names.map((name) => {
    const entry = Object.hasOwn(parsed.output.keys, name) ? parsed.output.keys[name] : undefined;
    if (entry === undefined) throw damaged(path, `the key "${name}" is missing`);
    const key = storedKey(entry.seedHex);
    // The address doubles as a checksum: a flipped digit in the seed would silently be another, empty account.
    if (key.pair.address !== entry.address) throw damaged(path, `the key "${name}" does not belong to its address`);
    return [name, key] as const;
  });
  return Object.fromEntries(entries) as Record<Name, StoredKey>;
}

const storedKey = (seedHex: string): StoredKey => ({ pair: keyPairFromSeed(fromHex(seedHex)), seedHex });

function readKeyText(path: string): string | null {
  try {
    return readSmallFile(path, MAX_KEY_FILE_BYTES);
  } catch (cause) {
    throw damaged(path, errorMessage(cause), cause);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not as a `cause`: the parser's message quotes the text, and the text may hold a seed.
    return undefined;
  }
}

const damaged = (path: string, why: string, cause?: unknown): MillraceError =>
  new MillraceError(
    'SETTINGS',
    `The key file ${path} cannot be used: ${why}. It was left untouched; restore it from a backup, or move it away to begin with new keys.`,
    { cause },
  );
