import type { ChildMessage, ParentMessage } from '#protocol/worker-messages.ts';
import { parseChildMessage } from './child-messages.ts';
import { prefixed, type Log } from './log.ts';
import { describeExit, type ChildExit, type ProcessEntry, type ProcessHost } from './process-host.ts';
import { stopChild, trackChild, type TrackedChild } from './stop-child.ts';
import { superviseNext, type Failure, type Supervision, type SupervisionEvent } from './supervision.ts';

export interface SupervisorOptions {
  readonly processes: ProcessHost;
  readonly entry: ProcessEntry;
  /** For the log, e.g. `companion-1`. */
  readonly name: string;
  /** Asked anew at every launch, because addresses may have changed. */
  readonly firstMessage: () => ParentMessage;
  readonly onMessage?: (message: ChildMessage) => void;
  readonly onChange?: (state: Supervision) => void;
  readonly nowMs: () => number;
  readonly log: Log;
}

export interface Supervisor {
  readonly state: Supervision;
  start(): void;
  /** To the process that runs now, if one does: the next one hears of it in its first message. */
  send(message: ParentMessage): void;
  /** Asks the process to stop, kills it after `graceMs`; resolves when it has ended. A later `start` works again. */
  stop(graceMs: number): Promise<void>;
}

/** A process that has said `failed` or talks nonsense has this long to leave by itself. */
const FAILED_GRACE_MS = 2_000;

/** Keeps one process alive: launches it with its first message, and again after a crash, later and later. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { processes, entry, name, nowMs } = options;
  const log = prefixed(options.log, name);
  let state: Supervision = { kind: 'stopped' };
  let child: TrackedChild | null = null;
  let retryTimer: ReturnType<typeof setTimeout> | null = null;
  let stopping: Promise<void> = Promise.resolve();

  function dispatch(event: SupervisionEvent): void {
    const before = state;
    state = superviseNext(state, event, { nowMs: nowMs() });
    if (state === before) return;
    if (retryTimer !== null) clearTimeout(retryTimer);
    retryTimer = null;
    if (state.kind === 'running') launch();
    if (state.kind === 'restarting') {
      const delayMs = Math.max(0, state.retryAtMs - nowMs());
      log('warning', `${state.reason}; starting it again in ${Math.ceil(delayMs / 1000)} s`);
      retryTimer = setTimeout(() => dispatch({ kind: 'retry' }), delayMs);
    }
    if (state.kind === 'failed') log('error', state.failure.message);
    options.onChange?.(state);
  }

  function launch(): void {
    const launched = trackChild(processes.launch(entry, name));
    let failure: Failure | null = null;
    let wasReady = false;
    child = launched;

    launched.handle.onMessage((value) => {
      if (child !== launched) return;
      const parsed = parseChildMessage(value);
      if (parsed.kind === 'invalid') {
        log('warning', `sent a message that breaks the format (${parsed.reason}); ignored`);
        return;
      }
      if (parsed.message.kind === 'ready') wasReady = true;
      if (parsed.message.kind === 'failed') {
        failure = { code: parsed.message.code, message: parsed.message.message };
        setTimeout(() => launched.handle.kill(), FAILED_GRACE_MS).unref();
      }
      if (parsed.message.kind === 'log') log(parsed.message.level, parsed.message.message);
      options.onMessage?.(parsed.message);
    });
    void launched.exited.then((exit) => {
      if (child !== launched) return;
      child = null;
      dispatch({ kind: 'exited', failure: failure ?? failureOf(exit), wasReady });
    });
    launched.handle.send(options.firstMessage());
  }

  async function stop(graceMs: number): Promise<void> {
    const ending = child;
    child = null;
    dispatch({ kind: 'stop' });
    if (ending !== null) stopping = Promise.all([stopping, stopChild(ending, graceMs)]).then(() => undefined);
    await stopping;
  }

  return {
    get state() {
      return state;
    },
    start: () => dispatch({ kind: 'start' }),
    send: (message) => child?.handle.send(message),
    stop,
  };
}

const failureOf = (exit: ChildExit): Failure => ({
  code: 'WORKER_FAILED',
  message: `The process ${describeExit(exit)}`,
});
