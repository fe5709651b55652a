import * as v from 'valibot';

/** The part of vitest's JSON report that counts. */
const Report = v.object({
  numPassedTests: v.number(),
  numFailedTests: v.number(),
  testResults: v.array(v.object({ status: v.string(), assertionResults: v.array(v.unknown()) })),
});

export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Counts one run of vitest.
 * @param report the parsed JSON report; `undefined` when the run ended without one
 * @param exitedWell vitest's exit code was 0
 */
export function tally(report: unknown, exitedWell: boolean): Tally {
  if (!v.is(Report, report)) return { passed: 0, failed: 1 };
  // A file that breaks before its first test holds no failed test, and is a failure all the same.
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  // An error outside of all tests shows in the exit code only.
  return { passed: report.numPassedTests, failed: exitedWell ? failed : Math.max(1, failed) };
}

export function sum(tallies: ReadonlyArray<Tally>): Tally {
  return {
    passed: tallies.reduce((total, { passed }) => total + passed, 0),
    failed: tallies.reduce((total, { failed }) => total + failed, 0),
  };
}
