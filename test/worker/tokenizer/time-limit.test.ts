import { expect, test } from 'vitest';
import { withinTime } from '#worker/tokenizer/time-limit.ts';

test('what is done in time gives its value or throws its own error', () => {
  expect(withinTime(60_000, 'It', () => 7)).toBe(7);
  expect(withinTime(60_000, 'It', () => null)).toBeNull();
  const error = new Error('its own');
  expect(() =>
    withinTime(60_000, 'It', () => {
      throw error;
    }),
  ).toThrow(error);
});

test.each([
  [
    'a loop',
    () => {
      for (let count = 0; count < 1e9; count++);
    },
  ],
  ['a regular expression', () => /^(a+)+$/u.test(`${'a'.repeat(26)}b`)],
])('%s that takes too long is stopped, even where errors are caught', (_, work) => {
  const stubborn = (): unknown => {
    try {
      work();
      return;
    } catch {
      return 'caught';
    }
  };
  expect(() => withinTime(50, 'It', stubborn)).toThrow('It took longer than 0.05 s and was stopped');
  expect(withinTime(60_000, 'It', () => 8)).toBe(8);
});
