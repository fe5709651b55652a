import { expect, test } from 'vitest';
import { createLineSplitter } from '#main/core/line-splitter.ts';

const split = (...chunks: (string | Uint8Array)[]): string[] => {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  splitter.end();
  return lines;
};

test('joins pieces and cuts at line breaks', () => {
  expect(split('a', 'b\nc\r\n', '\n', 'd')).toEqual(['ab', 'c', 'd']);
});

test('puts a character together that was cut in two', () => {
  const bytes = Buffer.from('é\n');
  expect(split(bytes.subarray(0, 1), bytes.subarray(1))).toEqual(['é']);
});

test('keeps 2000 characters of a line without end, and starts afresh with the next', () => {
  const chunks = Array.from({ length: 1000 }, () => 'x'.repeat(100));
  expect(split(...chunks, '\nnext\n')).toEqual([`${'x'.repeat(2000)} …`, 'next']);
});
