import { expect, test } from 'vitest';
import { byteTokenizer } from '#worker/tokenizer/byte-tokenizer.ts';

test.each(['', 'a mill', 'grüße\u0000\n', '水車 🌊', '\ufeffmark'])('%j round-trips', (text) => {
  expect(byteTokenizer.decode(byteTokenizer.encode(text))).toBe(text);
});

test('tokens are the UTF-8 bytes', () => {
  expect([...byteTokenizer.encode('aü🌊')]).toEqual([0x61, 0xc3, 0xbc, 0xf0, 0x9f, 0x8c, 0x8a]);
  expect(byteTokenizer.vocabSize).toBe(256);
});

test('what is no whole character becomes the replacement character', () => {
  expect(byteTokenizer.decode([0x61, 0xf0, 0x9f])).toBe('a\ufffd');
  expect(byteTokenizer.decode(byteTokenizer.encode('a\ud83c'))).toBe('a\ufffd');
});

test.each([256, -1, 1.5, NaN])('the token %d is refused', (token) => {
  expect(() => byteTokenizer.decode([0, token])).toThrow(
    `Token ${token} at 1 is outside of the 256 of the byte tokenizer`,
  );
});
