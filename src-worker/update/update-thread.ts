import { parentPort } from 'node:worker_threads';
import { errorCode, errorMessage } from '#protocol/errors.ts';
import { movedWith, performUpdateTask, type UpdateTask, type UpdateTaskKind } from './update-tasks.ts';
import type { ThreadAnswer, ThreadQuestion } from './thread-pool.ts';

/** Entry of a thread of the pool (dist/update-thread.js): does one task after another until it is ended. */
parentPort?.on('messageerror', (error) => {
  const answer: ThreadAnswer = {
    kind: 'failed',
    code: 'ENGINE',
    message: `A task cannot be read: ${errorMessage(error)}`,
  };
  parentPort?.postMessage(answer);
});

parentPort?.on('message', ({ kind, task }: ThreadQuestion) => {
  const answer = perform(kind, task);
  parentPort?.postMessage(answer, answer.kind === 'reply' ? movedWith(answer.reply) : []);
});

function perform(kind: UpdateTaskKind, task: UpdateTask<UpdateTaskKind>): ThreadAnswer {
  try {
    return { kind: 'reply', reply: performUpdateTask(kind, task) };
  } catch (error) {
    return { kind: 'failed', code: errorCode(error) ?? null, message: errorMessage(error) };
  }
}
