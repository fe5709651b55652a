// @ts-check

/**
 * One line of progress for a person. Always on stderr: stdout belongs to what we start.
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`millrace: ${text}\n`);
}

/** Set-up cannot go on. The message says what happened; `advice` says what to do about it. */
export class SetUpError extends Error {
  code = 'SET_UP_FAILED';

  /**
   * @param {string} message
   * @param {string} advice
   */
  constructor(message, advice) {
    super(message);
    this.name = 'SetUpError';
    this.advice = advice;
  }
}

/**
 * Runs an entry script: a `SetUpError` becomes two readable lines and exit code 1.
 * @param {() => Promise<number>} main resolves to the exit code
 */
export function runEntry(main) {
  main().then(
    (exitCode) => {
      process.exitCode = exitCode;
    },
    (/** @type {unknown} */ error) => {
      if (error instanceof SetUpError) {
        say(error.message);
        say(error.advice);
      } else {
        console.error(error);
      }
      process.exitCode = 1;
    },
  );
}

/** @param {number} sinceMs a `performance.now()` */
export function secondsSince(sinceMs) {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}
