import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ENTRY = join(import.meta.dirname, '../../scripts/bench.ts');

const bench = (...args: readonly string[]) => spawnSync(process.execPath, [ENTRY, ...args], { encoding: 'utf8' });

const USAGE = /^Usage: npm run bench -- NAME \[--json\]\nNAME is one of: .*\brounds\b.*\n$/;
const USAGE_OF_ROUNDS = /^Usage: npm run bench -- rounds \[--json\]\n$/;
const USAGE_OF_ENGINE = /^Usage: npm run bench -- engine \[--config small\|medium\|tiny\] .*\[--json\]\n$/;

test.each([['--help'], ['-h']])('%s prints the usage', (flag) => {
  expect(bench(flag)).toMatchObject({ status: 0, stdout: expect.stringMatching(USAGE) as unknown, stderr: '' });
});

test.each([
  ['no name', [], 'There is no bench without a name', USAGE],
  ['a name that nobody knows', ['laps'], 'There is no bench laps', USAGE],
  ['a flag that nobody knows', ['rounds', '--jsn'], "Unknown option '--jsn'", USAGE_OF_ROUNDS],
  ['a value that nobody knows', ['engine', '--config', 'huge'], '--config is one of: small, medium', USAGE_OF_ENGINE],
])('%s ends it with 2, says why, and how it is used', (_, args, words, expected) => {
  const { status, stdout, stderr } = bench(...args);
  const [why, ...usage] = stderr.split(/(?=Usage:)/);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(why).toContain(words);
  expect(usage.join('')).toMatch(expected);
});
