import { expect, test } from 'vitest';
import { sum, tally } from '../../../scripts/test/tally.ts';

const file = (status: string, tests: number) => ({ status, assertionResults: Array.from({ length: tests }) });
const report = (passed: number, failed: number, testResults = [file('passed', passed)]) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  testResults,
});

test('counts what passed and what failed', () => {
  expect(tally(report(5, 2), false)).toEqual({ passed: 5, failed: 2 });
});

test('a file that broke before its first test is a failure', () => {
  expect(tally(report(5, 0, [file('passed', 5), file('failed', 0)]), false)).toEqual({ passed: 5, failed: 1 });
});

test('an error outside of all tests is a failure', () => {
  expect(tally(report(5, 0), false)).toEqual({ passed: 5, failed: 1 });
});

test('a run without a readable report is a failure', () => {
  expect(tally(undefined, true)).toEqual({ passed: 0, failed: 1 });
  expect(tally({ numPassedTests: 'many' }, true)).toEqual({ passed: 0, failed: 1 });
});

test('adds up', () => {
  const parts = [
    { passed: 1, failed: 2 },
    { passed: 10, failed: 0 },
  ];
  expect(sum(parts)).toEqual({ passed: 11, failed: 2 });
});
