/**
 * Port to the operating system's processes. Two implementations: Electron's utilityProcess (electron/) and
 * child_process.fork (headless/). Only primitives live here; restarts and polite stops are core/supervisor.ts.
 */

/** The build output `dist/<entry>.js` that the process runs. */
export type ProcessEntry = 'worker' | 'validator' | 'chain' | 'export' | 'hardware-probe';

/**
 * Flags of V8 for a process. Those that exchange blobs get a small nursery: what arrives lies in buffers of which the garbage
 * collector sees only the small handles, so that with the usual nursery it comes late, and every byte goes through fresh memory
 * (docs/TRANSFER-SPEED.md).
 */
export const processFlags = (entry: ProcessEntry): string[] =>
  entry === 'worker' || entry === 'validator' ? ['--max-semi-space-size=1'] : [];

export interface ProcessHost {
  /**
   * Starts a process with a minimal environment (PATH and the like, no secrets) and pipes its stdout and stderr to the log.
   * Never throws: a process that cannot be started reports an exit.
   * @param name for the log and the task manager, e.g. `companion-1`
   */
  launch(entry: ProcessEntry, name: string): ChildHandle;
}

export interface ChildHandle {
  /** Structured-clone data to the child. Sending to a process that has ended does nothing. */
  send(message: unknown): void;
  /** One listener, attached in the same tick as `launch`. What arrives is as untrusted as a peer's words. */
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, when the process has really ended (or could not be started). */
  onExit(listener: (exit: ChildExit) => void): void;
  /** Ends it hard (SIGKILL) and at once. Safe to call twice and after the exit. */
  kill(): void;
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it could not be started; `null` when it ran. */
  readonly error: string | null;
}

/** What a host hands out for a process that could not even be launched. */
export const deadHandle = (error: string): ChildHandle => ({
  send: () => undefined,
  onMessage: () => undefined,
  onExit: (listener) => queueMicrotask(() => listener({ code: null, signal: null, error })),
  kill: () => undefined,
});

export function describeExit(exit: ChildExit): string {
  if (exit.error !== null) return `could not be started: ${exit.error}`;
  if (exit.signal !== null) return `was ended by ${exit.signal}`;
  return `exited with code ${exit.code ?? 'unknown'}`;
}
