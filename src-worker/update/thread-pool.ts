import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, MillraceError, ProtocolError } from '#protocol/errors.ts';
import { isShared } from './shared-memory.ts';
import { movedWith, type UpdateReply, type UpdateTask, type UpdateTaskKind } from './update-tasks.ts';

/** Where tasks are done. */
export interface UpdateThreads {
  /** Tasks that can be under way at once. Of twice as many no thread waits for the next; more only hold more memory. */
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
  /** What it was given and has not answered, in order. */
  readonly jobs: Job[];
}

/** A thread that has done one task finds the next: it would wait for the main thread as long as a small one takes. */
const MOST_GIVEN = 2;

/** All that is large lies outside of the heap. A young generation of V8's usual size would take 20 MB more for each thread. */
const HEAP = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };

/** Beside the sources, beside the bundle, or one folder above a piece that bundles share. */
const ENTRIES = ['./update-thread.ts', './update-thread.js', '../update-thread.js'];

/**
 * Threads for the work on updates, so that the process hears messages meanwhile. They start with the first tasks and stay: a
 * thread takes longer to start than most rounds of a small model take to encode.
 * @param startWorker whose thread answers questions as update-thread.ts does
 */
export function createUpdateThreads(width: number, startWorker = startUpdateThread): UpdateThreads {
  const threads: Thread[] = [];
  const waiting: Job[] = [];
  let ended: MillraceError | null = null;

  function end(reason: MillraceError): void {
    ended ??= reason;
    for (const { jobs } of threads) for (const { done } of jobs.splice(0)) done.reject(ended);
    for (const { done } of waiting.splice(0)) done.reject(ended);
  }

  function start(): Thread {
    const thread: Thread = { worker: startWorker(), jobs: [] };
    const answered = (settle: (job: Job) => void): void => {
      const job = thread.jobs.shift();
      if (job !== undefined) settle(job);
      feed();
    };
    thread.worker.on('message', (answer: ThreadAnswer) => {
      answered(({ done }) => {
        if (answer.kind === 'reply') done.resolve(answer.reply);
        else done.reject(rebuilt(answer));
      });
    });
    thread.worker.on('messageerror', (cause) => {
      answered(({ done }) => done.reject(failure('What a thread answered cannot be read', cause)));
    });
    thread.worker.on('error', (cause) => end(failure('A thread that works on updates failed', cause)));
    thread.worker.on('exit', () => end(failure('A thread that works on updates has ended')));
    threads.push(thread);
    return thread;
  }

  /** Who has least to do, if anyone can be given more. */
  function freeThread(): Thread | undefined {
    const [least] = threads.toSorted((a, b) => a.jobs.length - b.jobs.length);
    if (least?.jobs.length !== 0 && threads.length < width) return start();
    return least !== undefined && least.jobs.length < MOST_GIVEN ? least : undefined;
  }

  function feed(): void {
    while (waiting.length > 0) {
      let thread: Thread | undefined;
      try {
        thread = freeThread();
      } catch (cause) {
        end(failure('A thread that works on updates cannot start', cause));
        return;
      }
      const job = thread === undefined ? undefined : waiting.shift();
      if (thread === undefined || job === undefined) return;
      const question: ThreadQuestion = { kind: job.kind, task: job.task };
      try {
        thread.worker.postMessage(question, movedWith(job.task));
        thread.jobs.push(job);
      } catch (cause) {
        job.done.reject(failure('A task cannot be given to a thread', cause));
      }
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

const startUpdateThread = (): Worker => new Worker(entryPath(), { resourceLimits: HEAP });

const failure = (what: string, cause?: unknown): MillraceError => new MillraceError('ENGINE', what, { cause });

function entryPath(): string {
  const paths = ENTRIES.map((entry) => fileURLToPath(new URL(entry, import.meta.url)));
  const path = paths.find((candidate) => existsSync(candidate));
  if (path === undefined) throw new MillraceError('ENGINE', `None of ${paths.join(', ')} is there`);
  return path;
}

const rebuilt = ({ code, message }: Extract<ThreadAnswer, { readonly kind: 'failed' }>): MillraceError =>
  code === 'PROTOCOL' ? new ProtocolError(message) : new MillraceError((code ?? 'ENGINE') as ErrorCode, message);
