import { MillraceError } from '#protocol/errors.ts';
import {
  type Check,
  type Exported,
  type ExportStart,
  parseExportMessage,
  type Verified,
  type VerifyStart,
} from '#protocol/export/messages.ts';
import { prefixed, type Log } from './log.ts';
import { describeExit, type ProcessHost } from './process-host.ts';
import { stopChild, trackChild } from './stop-child.ts';

/** To give up what is under way and to remove what was written so far. */
const STOP_GRACE_MS = 10_000;

export interface ExportProcessOptions {
  readonly processes: ProcessHost;
  readonly start: ExportStart | VerifyStart;
  readonly onStep: (detail: string) => void;
  readonly onCheck?: (check: Check) => void;
  readonly interrupted: AbortSignal;
  readonly log: Log;
}

/**
 * Lets a process of its own export or verify, and resolves with its result when it has ended; `null` when it was interrupted.
 * @throws MillraceError WORKER_FAILED; otherwise an error with the code that the process gave
 */
export async function runExportProcess(options: ExportProcessOptions): Promise<Exported | Verified | null> {
  const { processes, start, interrupted } = options;
  if (interrupted.aborted) return null;
  const name = start.kind === 'start-export' ? 'export' : 'verify';
  const log = prefixed(options.log, name);
  const child = trackChild(processes.launch('export', name));
  let onInterrupt = (): void => undefined;
  try {
    return await new Promise((resolve, reject) => {
      let result: Exported | Verified | null = null;
      child.handle.onMessage((value) => {
        const message = parseExportMessage(value);
        if (message === null) log('warning', 'sent a message that breaks the format; ignored');
        else if (message.kind === 'step') options.onStep(message.detail);
        else if (message.kind === 'check') options.onCheck?.(message.check);
        else if (message.kind === 'log') log(message.level, message.message);
        else if (message.kind === 'failed') reject(Object.assign(new Error(message.message), { code: message.code }));
        else result = message;
      });
      void child.exited.then((exit) => {
        if (result !== null || interrupted.aborted) resolve(result);
        else reject(new MillraceError('WORKER_FAILED', `The process that should ${name} ${describeExit(exit)}`));
      });
      onInterrupt = () => void stopChild(child, STOP_GRACE_MS);
      interrupted.addEventListener('abort', onInterrupt, { once: true });
      child.handle.send(start);
    });
  } finally {
    interrupted.removeEventListener('abort', onInterrupt);
    await stopChild(child, STOP_GRACE_MS);
  }
}
