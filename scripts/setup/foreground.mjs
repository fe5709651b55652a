// @ts-check
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from './places.mjs';
import { say } from './say.mjs';

/** How long a program may take to stop by itself after Ctrl-C. */
const politeStopMs = 15_000;
/** How long its own children may live on after it. */
const leftoverMs = 3_000;
/** One Ctrl-C arrives twice: from the terminal and from npm. */
const sameKeyPressMs = 500;
/** How often to look whether the shell that npm started us in is still there. */
const parentWatchMs = 250;

const ownGroup = process.platform !== 'win32';

/**
 * Runs a program in the foreground, hands signals on, and leaves no process behind.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ graceMs?: number, leftoverGraceMs?: number }} [options]
 * @returns {Promise<number>} the program's exit code; 130 after Ctrl-C
 */
export async function runInForeground(command, args, { graceMs = politeStopMs, leftoverGraceMs = leftoverMs } = {}) {
  // A group of its own, so that it gets each signal once, from us, and can be ended as a whole.
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', detached: ownGroup });
  /** @type {{ signal: NodeJS.Signals, atMs: number } | undefined} */
  let interrupted;
  /** @type {NodeJS.Timeout | undefined} */
  let patience;

  const force = () => {
    killGroup(child.pid, 'SIGKILL');
  };
  /** @param {NodeJS.Signals} signal */
  const onSignal = (signal) => {
    if (interrupted === undefined) {
      interrupted = { signal, atMs: performance.now() };
      if (ownGroup) child.kill(signal);
      patience = setTimeout(force, graceMs);
    } else if (performance.now() - interrupted.atMs > sameKeyPressMs) {
      say('stopping at once');
      force();
    }
  };
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const signal of signals) process.on(signal, onSignal);
  const stopWatching = whenOrphaned(() => {
    onSignal('SIGTERM');
  });

  try {
    const { code, signal } = await endOf(child);
    await endLeftovers(child.pid, leftoverGraceMs);
    const endedBy = interrupted?.signal ?? signal;
    return endedBy === null ? (code ?? 1) : 128 + constants.signals[endedBy];
  } finally {
    clearTimeout(patience);
    stopWatching();
    for (const signal of signals) process.off(signal, onSignal);
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
function endOf(child) {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
}

/**
 * npm hands SIGTERM to the shell between it and us; that dies of it and tells nobody.
 * @param {() => void} act called once
 * @returns {() => void} stops the watch
 */
function whenOrphaned(act) {
  if (!ownGroup || process.env['npm_lifecycle_event'] === undefined) return () => undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, parentWatchMs);
  return () => {
    clearInterval(timer);
  };
}

/**
 * @param {number | undefined} pid
 * @param {number} graceMs
 */
async function endLeftovers(pid, graceMs) {
  const deadlineMs = performance.now() + graceMs;
  while (killGroup(pid, 0) && performance.now() < deadlineMs) await delay(50);
  killGroup(pid, 'SIGKILL');
}

/**
 * @param {number | undefined} pid
 * @param {NodeJS.Signals | 0} signal
 * @returns {boolean} whether somebody was there to get it
 */
function killGroup(pid, signal) {
  if (pid === undefined) return false;
  try {
    return process.kill(ownGroup ? -pid : pid, signal);
  } catch {
    return false;
  }
}
