import { expect, test } from 'vitest';
import { maxLines, overBudget } from '../../../scripts/check/size-budget.ts';

const lines = (count: number): string => 'x\n'.repeat(count);

test('a file of exactly the budget passes', () => {
  expect(overBudget([{ path: 'src-worker/a.ts', text: lines(maxLines) }])).toEqual([]);
});

test('a file one line longer is named, with its length', () => {
  const complaints = overBudget([
    { path: 'src-worker/a.ts', text: lines(3) },
    { path: 'src-worker/b.ts', text: lines(maxLines + 1) },
  ]);
  expect(complaints).toHaveLength(1);
  expect(complaints[0]).toContain(`src-worker/b.ts has ${maxLines + 1} lines`);
});

test('a last line without a newline counts', () => {
  expect(overBudget([{ path: 'a.ts', text: `${lines(maxLines)}x` }])).toHaveLength(1);
});
