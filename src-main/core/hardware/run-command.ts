import { spawn, type ChildProcess } from 'node:child_process';
import { MillraceError } from '#protocol/errors.ts';
import type { RunOptions, RunOutcome } from './ports.ts';

/** How long a killed process may take to go before we leave it to the system. */
const REAP_TIMEOUT_MS = 1_000;

const isWindows = process.platform === 'win32';

/** Kills the whole process group, so that what a script started does not stay behind. */
function killTree(child: ChildProcess): void {
  try {
    if (!isWindows && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    // It had gone by itself.
  }
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Runs a program without a shell. Resolves for every end of it; rejects with ABORTED only when the signal fires. */
export function runCommand(command: string, args: readonly string[], options: RunOptions): Promise<RunOutcome> {
  const { timeoutMs, maxBytes, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new MillraceError('ABORTED', `${command} was not started.`));
      return;
    }
    const child = spawn(command, [...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
      detached: !isWindows,
      env: { ...process.env, LC_ALL: 'C' },
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let sizeBytes = 0;
    let ended: (() => void) | null = null;

    /** Kills the process and what it started, and answers once it is gone. */
    const stop = (answer: () => void): void => {
      if (ended !== null) return;
      const timer = setTimeout(answer, REAP_TIMEOUT_MS);
      ended = () => {
        clearTimeout(timer);
        child.stdout.destroy();
        child.stderr.destroy();
        answer();
      };
      killTree(child);
      if (hasExited(child)) ended();
    };
    const timeout = setTimeout(() => stop(() => resolve({ kind: 'timed-out', timeoutMs })), timeoutMs);
    const onAbort = () => stop(() => reject(new MillraceError('ABORTED', `${command} was cancelled.`)));
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = () => {
      clearTimeout(timeout);
      signal.removeEventListener('abort', onAbort);
    };
    const keep = (list: Buffer[]) => (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) stop(() => resolve({ kind: 'too-much-output', maxBytes }));
      else list.push(chunk);
    };
    child.stdout.on('data', keep(stdout));
    child.stderr.on('data', keep(stderr));
    child.on('error', (error) => {
      settle();
      resolve(codeOf(error) === 'ENOENT' ? { kind: 'not-found' } : { kind: 'failed', message: error.message });
    });
    child.on('exit', () => ended?.());
    // After 'exit' a grandchild may still hold the pipes open, so the timeout runs until 'close'.
    child.on('close', (exitCode, killedBy) => {
      settle();
      if (exitCode === null) {
        resolve({ kind: 'failed', message: `killed by ${killedBy ?? 'a signal'}` });
        return;
      }
      const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString('utf8');
      resolve({ kind: 'exited', exitCode, stdout: text(stdout), stderr: text(stderr) });
    });
  });
}
