import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ENTRY = join(import.meta.dirname, '../../scripts/bench.ts');

const bench = (...args: readonly string[]) => spawnSync(process.execPath, [ENTRY, ...args], { encoding: 'utf8' });

const USAGE = /^Usage: npm run bench -- NAME \[--json\]\nNAME is one of: .*\brounds\b.*\n$/;

test.each([['--help'], ['-h']])('%s prints the usage', (flag) => {
  expect(bench(flag)).toMatchObject({ status: 0, stdout: expect.stringMatching(USAGE) as unknown, stderr: '' });
});

test.each([
  ['no name', [], 'There is no bench without a name'],
  ['a name that nobody knows', ['laps'], 'There is no bench laps'],
  ['a flag that nobody knows', ['rounds', '--jsn'], "Unknown option '--jsn'"],
])('%s ends it with 2, says why, and how it is used', (_, args, words) => {
  const { status, stdout, stderr } = bench(...args);
  const [why, ...usage] = stderr.split(/(?=Usage:)/);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(why).toContain(words);
  expect(usage.join('')).toMatch(USAGE);
});
