import { expect, test } from 'vitest';
import { table } from '#main/headless/table.ts';

test('puts words to the left and numbers to the right, below their titles', () => {
  const lines = table<readonly [string, number]>(
    [
      { title: 'NAME', text: ([name]) => name },
      { title: 'N', text: ([, n]) => String(n), isNumber: true },
    ],
    [
      ['a', 1],
      ['longer', 200],
    ],
  );
  expect(lines).toEqual(['NAME      N', 'a         1', 'longer  200']);
});
