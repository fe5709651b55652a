import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { childEnvironment } from '#main/core/child-environment.ts';
import { createLineSplitter } from '#main/core/line-splitter.ts';
import { prefixed, type Log } from '#main/core/log.ts';
import {
  deadHandle,
  processFlags,
  type ChildExit,
  type ChildHandle,
  type ProcessEntry,
  type ProcessHost,
} from '#main/core/process-host.ts';

export interface ChildProcessHostOptions {
  /** Where `worker.js`, `chain.js`, … lie. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

/** Processes by `child_process.fork`, for a machine without a window. */
export function createChildProcessHost({ folder, env, log }: ChildProcessHostOptions): ProcessHost {
  const running = new Set<ChildProcess>();
  // However main ends, its children end with it. (After kill -9 they notice the closed channel by themselves.)
  process.once('exit', () => {
    for (const child of running) child.kill('SIGKILL');
  });
  return {
    launch: (entry, name) => {
      const launched = launch(folder, entry, name, env);
      if (launched.kind === 'error') return deadHandle(launched.error.message);
      running.add(launched.child);
      launched.child.once('exit', () => running.delete(launched.child));
      return handleOf(launched.child, prefixed(log, name));
    },
  };
}

/**
 * Tells glibc to keep freed memory instead of giving it back to the kernel. A training step frees and takes the same gigabytes over and over: at 63 M parameters a step took 2.4 instead of 2.6 s. The engine looks for these names.
 */
const KEEP_FREED_MEMORY = {
  MALLOC_MMAP_THRESHOLD_: '2000000000',
  MALLOC_TRIM_THRESHOLD_: '2000000000',
} as const;

/** Whether those names mean something here: glibc took thresholds above 32 MB only from 2.35 on. */
function hasRecentGlibc(): boolean {
  if (process.platform !== 'linux') return false;
  Object.assign(process.report, { excludeNetwork: true }); // it would ask name servers, and wait
  const { header } = process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } };
  const [major = 0, minor = 0] = (header?.glibcVersionRuntime ?? '').split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 35);
}

type Launched =
  { readonly kind: 'child'; readonly child: ChildProcess } | { readonly kind: 'error'; readonly error: Error };

function launch(folder: string, entry: ProcessEntry, name: string, env: ChildProcessHostOptions['env']): Launched {
  try {
    // The name is for whoever looks at the list of processes.
    const child = fork(join(folder, `${entry}.js`), [name], {
      env: { ...childEnvironment(env), ...(hasRecentGlibc() ? KEEP_FREED_MEMORY : {}) },
      // Not main's flags: an inspector's port can be opened once.
      execArgv: processFlags(entry),
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A group of its own, so that Ctrl-C in a terminal reaches main alone, which then ends everything in order.
      detached: process.platform !== 'win32',
    });
    return { kind: 'child', child };
  } catch (error) {
    return { kind: 'error', error: error instanceof Error ? error : new Error(String(error)) };
  }
}

function handleOf(child: ChildProcess, log: Log): ChildHandle {
  const exited = new Promise<ChildExit>((resolve) => {
    // 'exit' does not follow an 'error' of a process that could not be started.
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, error: error.message });
    });
    child.once('exit', (code, signal) => resolve({ code, signal, error: null }));
  });
  // Later errors belong to a message or a signal that came too late; 'exit' tells the rest.
  child.on('error', () => undefined);
  for (const stream of [child.stdout, child.stderr]) {
    const lines = createLineSplitter((line) => log('info', line));
    stream?.on('data', (chunk: Uint8Array) => lines.push(chunk));
    stream?.on('end', () => lines.end());
  }
  return {
    send: (message) => {
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void exited.then(listener),
    kill: () => void child.kill('SIGKILL'),
  };
}
