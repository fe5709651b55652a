import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, MillraceError, ProtocolError } from '#protocol/errors.ts';
import { isShared } from './shared-memory.ts';
import { movedWith, type UpdateReply, type UpdateTask, type UpdateTaskKind } from './update-tasks.ts';

/** Where tasks are done. */
export interface UpdateThreads {
  /** Tasks that can be under way at once: whoever gives more only holds more memory. */
  readonly width: number;
  /** @throws MillraceError as the task does; ENGINE when threads cannot run */
  run<K extends UpdateTaskKind>(kind: K, task: UpdateTask<K>): Promise<UpdateReply<K>>;
  dispose(): Promise<void>;
}

export interface ThreadQuestion {
  readonly kind: UpdateTaskKind;
  readonly task: UpdateTask<UpdateTaskKind>;
}
export type ThreadAnswer =
  | { readonly kind: 'reply'; readonly reply: UpdateReply<UpdateTaskKind> }
  | { readonly kind: 'failed'; readonly code: string | null; readonly message: string };

interface Job extends ThreadQuestion {
  readonly done: PromiseWithResolvers<UpdateReply<UpdateTaskKind>>;
}

interface Thread {
  readonly worker: Worker;
  job: Job | null;
}

/** All that is large lies outside of the heap. A young generation of V8's usual size would take 20 MB more for each thread. */
const HEAP = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };

/** Beside the sources, beside the bundle, or one folder above a piece that bundles share. */
const ENTRIES = ['./update-thread.ts', './update-thread.js', '../update-thread.js'];

/**
 * Threads for the work on updates, so that the process hears messages meanwhile. They start with the first tasks and stay: a
 * thread takes longer to start than most rounds of a small model take to encode.
 */
export function createUpdateThreads(width: number): UpdateThreads {
  const threads: Thread[] = [];
  const waiting: Job[] = [];
  let ended: MillraceError | null = null;

  function end(reason: MillraceError): void {
    ended ??= reason;
    for (const { job } of threads) job?.done.reject(ended);
    for (const { done } of waiting.splice(0)) done.reject(ended);
  }

  function start(): Thread {
    const thread: Thread = { worker: new Worker(entryPath(), { resourceLimits: HEAP }), job: null };
    thread.worker.on('message', (answer: ThreadAnswer) => {
      const { job } = thread;
      thread.job = null;
      if (answer.kind === 'reply') job?.done.resolve(answer.reply);
      else job?.done.reject(rebuilt(answer));
      feed();
    });
    thread.worker.on('error', (cause) => {
      end(new MillraceError('ENGINE', 'A thread that works on updates failed', { cause }));
    });
    thread.worker.on('exit', () => end(new MillraceError('ENGINE', 'A thread that works on updates has ended')));
    threads.push(thread);
    return thread;
  }

  function feed(): void {
    while (waiting.length > 0) {
      const thread = threads.find(({ job }) => job === null) ?? (threads.length < width ? start() : null);
      if (thread === null) return;
      const job = waiting.shift();
      if (job === undefined) return;
      thread.job = job;
      const question: ThreadQuestion = { kind: job.kind, task: job.task };
      thread.worker.postMessage(question, movedWith(job.task));
    }
  }

  return {
    width,
    run: async (kind, task) => {
      if (ended !== null) throw ended;
      if ('error' in task && !isShared(task.error)) {
        throw new MillraceError('ENGINE', 'What a thread is to change does not lie in shared memory');
      }
      const done = Promise.withResolvers<UpdateReply<UpdateTaskKind>>();
      waiting.push({ kind, task, done });
      feed();
      return await done.promise;
    },
    dispose: async () => {
      end(new MillraceError('ABORTED', 'Work on updates was ended'));
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}

function entryPath(): string {
  const paths = ENTRIES.map((entry) => fileURLToPath(new URL(entry, import.meta.url)));
  const path = paths.find((candidate) => existsSync(candidate));
  if (path === undefined) throw new MillraceError('ENGINE', `None of ${paths.join(', ')} is there`);
  return path;
}

const rebuilt = ({ code, message }: Extract<ThreadAnswer, { readonly kind: 'failed' }>): MillraceError =>
  code === 'PROTOCOL' ? new ProtocolError(message) : new MillraceError((code ?? 'ENGINE') as ErrorCode, message);
