import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import { byteTokenizer } from '#worker/tokenizer/byte-tokenizer.ts';
import { byteTokenizerConfig, byteTokenizerJson } from '#worker/tokenizer/byte-tokenizer-files.ts';
import { openTokenizer } from '#worker/tokenizer/open-tokenizer.ts';
import type { Tokenizer } from '#worker/tokenizer/tokenizer.ts';

/** What the library by the format's makers reads from the files. */
function opened(vocabSize: number): Promise<Tokenizer> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bytes-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(byteTokenizerJson(vocabSize)));
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(byteTokenizerConfig(8)));
  return openTokenizer(folder);
}

const everyCharacter = Array.from({ length: 0x3000 }, (_, code) => String.fromCodePoint(code)).join('');
const texts = [
  ' two  spaces, a tab\tand\r\n\nlines ',
  'Grüße, 世界, 👩‍🚀, e\u0301',
  "it's don't 1234 <|reserved_256|> <|endoftext|> </s> ▁",
  '\u0000\u00a0\u00ad\u2028\ufeff\uffff',
  everyCharacter,
  'mill'.repeat(50_000),
];

test.each([256, 300])(
  'the files of a vocabulary of %d give the UTF-8 bytes of any text, and the text again',
  async (size) => {
    const tokenizer = await opened(size);
    expect(tokenizer.vocabSize).toBe(size);
    for (const text of texts) {
      const tokens = tokenizer.encode(text);
      expect(Buffer.from(tokens).equals(utf8(text))).toBe(true);
      expect(tokens).toEqual(byteTokenizer.encode(text));
      expect(tokenizer.decode(tokens)).toBe(text);
    }
  },
);

test('every byte is its own token, also those that no text has', async () => {
  const tokenizer = await opened(256);
  for (let byte = 0; byte < 256; byte += 1) {
    expect(tokenizer.decode([byte]), `byte ${byte}`).toBe(byteTokenizer.decode([byte]));
  }
});

test('a token that no text has is no reason to fail', async () => {
  expect((await opened(300)).decode([65, 299, 66])).toBe('A<|reserved_299|>B');
});
