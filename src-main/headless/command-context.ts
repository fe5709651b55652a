import type { Log } from '#main/core/log.ts';
import type { ProcessHost } from '#main/core/process-host.ts';
import type { Output } from './output.ts';

/** What every command works with; tests put their own in its place. */
export interface CommandContext {
  readonly version: string;
  /** Where the build lies: `worker.js`, `renderer/`, … */
  readonly dist: string;
  readonly processes: ProcessHost;
  readonly output: Output;
  readonly log: Log;
  readonly nowMs: () => number;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly interrupted: AbortSignal;
}

export const EXIT_DONE = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
export const EXIT_INTERRUPTED = 130;
