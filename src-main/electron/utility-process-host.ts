import { join } from 'node:path';
import type { ForkOptions, UtilityProcess } from 'electron';
import { childEnvironment } from '#main/core/child-environment.ts';
import { createLineSplitter } from '#main/core/line-splitter.ts';
import { prefixed, type Log } from '#main/core/log.ts';
import {
  deadHandle,
  processFlags,
  type ChildExit,
  type ChildHandle,
  type ProcessHost,
} from '#main/core/process-host.ts';

export interface UtilityProcessHostOptions {
  /** `utilityProcess.fork`; works only after Electron is ready. */
  readonly fork: (path: string, args: string[], options: ForkOptions) => UtilityProcess;
  /** `process.kill` */
  readonly killPid: (pid: number, signal: NodeJS.Signals) => void;
  /** Where `worker.js`, `chain.js`, … lie. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

/** Processes by Electron's `utilityProcess`: Node without a window, ended by Chromium when main is gone. */
export const createUtilityProcessHost = (options: UtilityProcessHostOptions): ProcessHost => ({
  launch: (entry, name) => {
    try {
      const child = options.fork(join(options.folder, `${entry}.js`), [], {
        serviceName: `Millrace ${name}`,
        env: childEnvironment(options.env),
        // Not main's flags: an inspector's port can be opened once.
        execArgv: processFlags(entry),
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      return handleOf(child, options.killPid, prefixed(options.log, name));
    } catch (error) {
      return deadHandle(error instanceof Error ? error.message : String(error));
    }
  },
});

function handleOf(child: UtilityProcess, killPid: UtilityProcessHostOptions['killPid'], log: Log): ChildHandle {
  let hasEnded = false;
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code) => {
      hasEnded = true;
      resolve({ code, signal: null, error: null });
    });
  });
  child.on('error', (type, location) => log('error', `${type} at ${location}`));
  for (const stream of [child.stdout, child.stderr]) {
    const lines = createLineSplitter((line) => log('info', line));
    stream?.on('data', (chunk: Uint8Array) => lines.push(chunk));
    stream?.on('end', () => lines.end());
  }

  /** Electron's own kill() is a SIGTERM, which a process that hangs does not follow. */
  const killHard = (): void => {
    if (hasEnded || child.pid === undefined) return;
    try {
      killPid(child.pid, 'SIGKILL');
    } catch {
      // It ended in between: 'exit' is on its way.
    }
  };

  return {
    send: (message) => {
      if (!hasEnded) child.postMessage(message);
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void exited.then(listener),
    kill: () => {
      if (hasEnded) return;
      if (child.pid === undefined) child.once('spawn', killHard);
      else killHard();
    },
  };
}
