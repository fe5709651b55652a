import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { createUpdateThreads, type ThreadAnswer } from '#worker/update/thread-pool.ts';
import { smallRun } from '../../support/small-run.ts';

/** A thread that answers when the test says so. */
class FakeWorker extends EventEmitter {
  readonly asked: unknown[] = [];
  /** What giving it the next task throws. */
  refusal: Error | null = null;

  postMessage(question: unknown): void {
    const { refusal } = this;
    this.refusal = null;
    if (refusal !== null) throw refusal;
    this.asked.push(question);
  }

  answer(): void {
    this.emit('message', { kind: 'reply', reply: null } satisfies ThreadAnswer);
  }

  terminate(): Promise<number> {
    return Promise.resolve(0);
  }
}

function poolOf(worker: FakeWorker) {
  const pool = createUpdateThreads(1, () => worker as unknown as Worker);
  const check = () => pool.run('check', { spec: smallRun.update, difference: new Float32Array(1), tensor: 0 });
  return { pool, check };
}

describe('threads for updates', () => {
  it('are given the next task while they work, and no third', async () => {
    const worker = new FakeWorker();
    const { check } = poolOf(worker);
    const [first, second, third] = [check(), check(), check()];
    expect(worker.asked).toHaveLength(2);
    worker.answer();
    expect(await first).toBeNull();
    expect(worker.asked).toHaveLength(3);
    worker.answer();
    worker.answer();
    expect(await Promise.all([second, third])).toEqual([null, null]);
  });

  it('fail a task whose answer cannot be read, and go on with the next', async () => {
    const worker = new FakeWorker();
    const { check } = poolOf(worker);
    const [first, second] = [check(), check()];
    const refused = expect(first).rejects.toMatchObject({ code: 'ENGINE', message: /answered cannot be read/ });
    worker.emit('messageerror', new Error('no such type'));
    await refused;
    expect(worker.asked).toHaveLength(2);
    worker.answer();
    expect(await second).toBeNull();
  });

  it('fail a task that cannot be given to a thread, and give it the next', async () => {
    const worker = new FakeWorker();
    worker.refusal = new Error('could not be cloned');
    const { check } = poolOf(worker);
    const [first, second] = [check(), check()];
    await expect(first).rejects.toMatchObject({ code: 'ENGINE', message: /cannot be given to a thread/ });
    expect(worker.asked).toHaveLength(1);
    worker.answer();
    expect(await second).toBeNull();
  });

  it('fail what waits and what comes later when no thread can start', async () => {
    const pool = createUpdateThreads(2, () => {
      throw new Error('no more threads');
    });
    const check = () => pool.run('check', { spec: smallRun.update, difference: new Float32Array(1), tensor: 0 });
    const failed = { code: 'ENGINE', message: /cannot start/, cause: { message: 'no more threads' } };
    await Promise.all([check(), check()].map((task) => expect(task).rejects.toMatchObject(failed)));
    await expect(check()).rejects.toMatchObject(failed);
  });

  it.each([
    ['fails', (worker: FakeWorker) => worker.emit('error', new Error('out of memory')), /failed/],
    ['ends', (worker: FakeWorker) => worker.emit('exit', 1), /has ended/],
  ])('fail what is under way, what waits and what comes later when one %s', async (_, happen, message) => {
    const worker = new FakeWorker();
    const { check } = poolOf(worker);
    const tasks = [check(), check()].map((task) => expect(task).rejects.toMatchObject({ code: 'ENGINE', message }));
    happen(worker);
    await Promise.all(tasks);
    await expect(check()).rejects.toMatchObject({ code: 'ENGINE', message });
  });
});
