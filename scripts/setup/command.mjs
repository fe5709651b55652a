// @ts-check
import { spawn } from 'node:child_process';
import { root } from './places.mjs';

/** @type {readonly NodeJS.Signals[]} */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM'];

/**
 * @typedef {object} Outcome
 * @property {boolean} ok exit code 0 within the time limit
 * @property {string} output stdout and stderr together, for a message to a person
 * @property {string} stdout
 */

/**
 * Runs a command to its end without showing its output. Whoever stops us stops it first: an npm that outlives us would clash with
 * the next one.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ timeoutMs: number, env?: NodeJS.ProcessEnv, cwd?: string }} options
 * @returns {Promise<Outcome>}
 */
export function capture(command, args, { timeoutMs, env = {}, cwd = root }) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let output = '';
    let stdout = '';
    /** @type {NodeJS.Signals | undefined} */
    let stopped;
    /** @param {NodeJS.Signals} signal */
    const onSignal = (signal) => {
      stopped ??= signal;
      child.kill(signal);
    };
    for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
    child.stdout.on('data', (/** @type {Buffer} */ chunk) => {
      output += chunk.toString();
      stdout += chunk.toString();
    });
    child.stderr.on('data', (/** @type {Buffer} */ chunk) => {
      output += chunk.toString();
    });
    child.on('error', (error) => {
      for (const each of STOP_SIGNALS) process.off(each, onSignal);
      done({ ok: false, output: error.message, stdout });
    });
    child.on('close', (code, signal) => {
      for (const each of STOP_SIGNALS) process.off(each, onSignal);
      if (stopped !== undefined) process.kill(process.pid, stopped);
      if (signal === 'SIGKILL') output += `\n${command}: stopped after ${timeoutMs / 1000} s without an end.`;
      done({ ok: code === 0, output: output.trim(), stdout });
    });
  });
}

/**
 * Runs npm. Inside an npm script its own file is known; it then needs no shell, also on Windows.
 * @param {readonly string[]} args
 * @param {{ timeoutMs: number, env?: NodeJS.ProcessEnv }} options
 */
export function npm(args, options) {
  const script = process.env['npm_execpath'];
  // `npm start --silent` would otherwise silence the error message of the npm in here too.
  const all = [...args, '--loglevel=error'];
  return script?.endsWith('.js') ? capture(process.execPath, [script, ...all], options) : capture('npm', all, options);
}
