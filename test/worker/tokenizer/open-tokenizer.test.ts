import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { errorCode } from '#protocol/errors.ts';
import { openTokenizer } from '#worker/tokenizer/open-tokenizer.ts';

/** What the Python library makes of the tokenizer.json beside it. */
interface Expected {
  readonly vocabSize: number;
  readonly cases: ReadonlyArray<{ readonly text: string; readonly ids: readonly number[]; readonly decoded: string }>;
}

const directoryOf = (family: string): string =>
  fileURLToPath(new URL(`../../fixtures/hugging-face/tokenizer-${family}`, import.meta.url));
const readFixture = (family: string, name: string): unknown =>
  JSON.parse(readFileSync(join(directoryOf(family), name), 'utf8'));
const expectedOf = (family: string): Expected => readFixture(family, 'expected.json') as Expected;

/** A folder with this tokenizer.json, that goes with the test. */
function folderWith(tokenizer: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-tokenizer-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'tokenizer.json'), typeof tokenizer === 'string' ? tokenizer : JSON.stringify(tokenizer));
  return folder;
}

/** A tokenizer.json of these tokens and no others. */
const plain = (vocab: unknown, addedTokens: readonly object[] = []) => ({
  ...{ normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null },
  added_tokens: addedTokens,
  model: { type: 'BPE', vocab, merges: [] },
});

// Bytes as characters with GPT-2's pieces; the same with Llama 3's regular expression and whole words without merges;
// spaces as ▁ with unknown characters as bytes.
describe.each(['gpt2', 'llama3', 'llama2'])('a tokenizer.json in the manner of %s', (family) => {
  const { vocabSize, cases } = expectedOf(family);

  test.each(cases)('has the tokens and the text of the Python library for $text', async ({ text, ids, decoded }) => {
    const tokenizer = await openTokenizer(directoryOf(family));
    expect([...tokenizer.encode(text)]).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(decoded);
  });

  test('tells the size of its vocabulary, special tokens included', async () => {
    expect((await openTokenizer(directoryOf(family))).vocabSize).toBe(vocabSize);
  });

  test('needs no tokenizer_config.json', async () => {
    const tokenizer = await openTokenizer(folderWith(readFixture(family, 'tokenizer.json')));
    for (const { text, ids } of cases) expect([...tokenizer.encode(text)]).toEqual(ids);
  });

  test.each([vocabSize, -1, 0.5])('refuses to decode the token %d', async (token) => {
    const tokenizer = await openTokenizer(directoryOf(family));
    expect(() => tokenizer.decode([token])).toThrow(`Token ${token} at 0 is outside of the ${vocabSize} of `);
  });
});

describe('a vocabulary', () => {
  test('may have gaps, which decode to nothing but an error', async () => {
    const tokenizer = await openTokenizer(folderWith(plain({ a: 0, b: 5 })));
    expect(tokenizer.vocabSize).toBe(6);
    expect([...tokenizer.encode('ab')]).toEqual([0, 5]);
    expect(() => tokenizer.decode([0, 3])).toThrow(/tokenizer.json has no token 3$/);
  });

  test('that cannot express a character leaves it out, as Python does', async () => {
    const tokenizer = await openTokenizer(folderWith(plain({ a: 0, b: 1 })));
    expect([...tokenizer.encode('acb')]).toEqual([0, 1]);
  });

  test('counts the added tokens', async () => {
    const added = { id: 9, content: '<x>', special: true };
    expect((await openTokenizer(folderWith(plain({ a: 0 }, [added])))).vocabSize).toBe(10);
  });
});

describe('a tokenizer is refused with the name of its file', () => {
  const refusal = async (folder: string): Promise<string> => {
    const error: unknown = await openTokenizer(folder).catch((thrown: unknown) => thrown);
    expect(errorCode(error)).toBe('PROTOCOL');
    return (error as Error).message.replace(folder, '');
  };

  test.each([
    ['that is no JSON', '{', '/tokenizer.json is not JSON'],
    ['that is a list', [], '/tokenizer.json is not a JSON object'],
    ['that is empty', {}, /^\/tokenizer.json: model: /],
    ['without a vocabulary', plain(undefined), /^\/tokenizer.json: model.vocab: /],
    [
      'of an unknown model',
      { ...plain({}), model: { type: 'Magic', vocab: { a: 0 } } },
      /^\/tokenizer.json: model.type: /,
    ],
    [
      'without a list of merges',
      { ...plain({}), model: { type: 'BPE', vocab: { a: 0 } } },
      /^\/tokenizer.json is no token/,
    ],
    ['without a token', plain({}), '/tokenizer.json has an empty vocabulary'],
    ['with a negative id', plain({ a: -1 }), '/tokenizer.json has the token id -1; ids go from 0 to 524287'],
    ['with an id that would take all memory', plain({ a: 2 ** 31 }), /has the token id 2147483648;/],
    ['with such an added token', plain({ a: 0 }, [{ id: 2 ** 31, content: 'x' }]), /has the token id 2147483648;/],
    ['with an id that is text', plain({ a: '0' }), /has the token id "0";/],
  ])('%s', async (_, tokenizer, message) => {
    expect(await refusal(folderWith(tokenizer))).toEqual(
      typeof message === 'string' ? message : (expect.stringMatching(message) as unknown),
    );
  });

  test('that is larger than any', async () => {
    const folder = folderWith('');
    truncateSync(join(folder, 'tokenizer.json'), 40 * 1024 * 1024 + 1);
    expect(await refusal(folder)).toBe('/tokenizer.json has 41943041 bytes, more than 41943040');
  });

  test('whose configuration is damaged', async () => {
    const folder = folderWith('');
    copyFileSync(join(directoryOf('gpt2'), 'tokenizer.json'), join(folder, 'tokenizer.json'));
    writeFileSync(join(folder, 'tokenizer_config.json'), '7');
    expect(await refusal(folder)).toBe('/tokenizer_config.json is not a JSON object');
  });

  test('that is missing', async () => {
    const folder = folderWith('');
    rmSync(join(folder, 'tokenizer.json'));
    await expect(openTokenizer(folder)).rejects.toThrow(/ENOENT.*tokenizer.json/);
  });
});

describe('a tokenizer whose regular expression would take for ever', () => {
  const limits = { openMs: 60_000, callMs: 100, itemMs: 0 };
  /** Tries 2ⁿ ways to part n letters before it finds that none will do. */
  const endless = { Regex: '(a+)+b' };
  const text = 'a'.repeat(28); // seconds: without the limit the test fails, and ends
  const split = { type: 'Split', pattern: endless, behavior: 'Isolated', invert: false };
  const replace = { type: 'Replace', pattern: endless, content: '' };

  test.each([
    ['in its pre-tokenizer', { pre_tokenizer: split }],
    ['deep in its pre-tokenizer', { pre_tokenizer: { type: 'Sequence', pretokenizers: [split] } }],
    ['in its normalizer', { normalizer: replace }],
  ])('%s is stopped when it encodes, and other texts are not', async (_, change) => {
    const folder = folderWith({ ...plain({ a: 0, c: 1 }), ...change });
    const tokenizer = await openTokenizer(folder, limits);
    expect(() => tokenizer.encode(text)).toThrow(
      `Encoding with ${join(folder, 'tokenizer.json')} took longer than 0.1 s and was stopped`,
    );
    expect([...tokenizer.encode('cc')]).toEqual([1, 1]);
  });

  test('in its decoder is stopped when it decodes', async () => {
    const folder = folderWith({ ...plain({ [text]: 0, c: 1 }), decoder: replace });
    const tokenizer = await openTokenizer(folder, limits);
    expect(() => tokenizer.decode([0])).toThrow(
      `Decoding with ${join(folder, 'tokenizer.json')} took longer than 0.1 s and was stopped`,
    );
    expect(tokenizer.decode([1])).toBe('c');
  });

  test('is refused when its expressions are so long that compiling them takes long', async () => {
    const part = { ...split, pattern: { Regex: '[\\p{L}]?'.repeat(650) } };
    const one = folderWith({ ...plain({ a: 0 }), pre_tokenizer: part });
    expect((await openTokenizer(one)).vocabSize).toBe(1);
    const two = folderWith({ ...plain({ a: 0 }), pre_tokenizer: { type: 'Sequence', pretokenizers: [part, part] } });
    await expect(openTokenizer(two)).rejects.toThrow(
      `${join(two, 'tokenizer.json')} has regular expressions of 10400 characters, more than 10000`,
    );
  });

  test('has more time for a longer text', async () => {
    const tokenizer = await openTokenizer(folderWith(plain({ a: 0 })), { openMs: 60_000, callMs: 1, itemMs: 1 });
    expect(tokenizer.encode('a'.repeat(20_000))).toHaveLength(20_000);
  });
});
