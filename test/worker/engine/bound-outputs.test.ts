import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { boundSessions } from '#worker/engine/bound-outputs.ts';
import { loadRuntime, type Runtime } from '#worker/engine/runtime.ts';
import { writeModel } from '#worker/graph/onnx/model.ts';
import { add } from '#worker/graph/operators/arithmetic.ts';
import { input, scalar } from '#worker/graph/value.ts';

const x = input('x', 'float32', [3]);
const model = writeModel([x], { sum: add(x, scalar(2, 'float32')), same: x });
const real = await loadRuntime();
const tensor = (...values: number[]): Tensor => new real.Tensor('float32', Float32Array.from(values), [values.length]);
const options: InferenceSession.SessionOptions = { executionProviders: ['cpu'] };

type Outcome = 'gave copies' | 'stopped';

/** The real runtime, watched: what becomes of each run. */
function watched(change: (run: Promise<unknown>) => Promise<unknown>): {
  readonly runtime: Runtime;
  readonly outcomes: Outcome[];
  readonly results: Record<string, Tensor>[];
} {
  const outcomes: Outcome[] = [];
  const results: Record<string, Tensor>[] = [];
  const create = async (bytes: Uint8Array, given: InferenceSession.SessionOptions) => {
    const session = await real.InferenceSession.create(bytes, given);
    const run = (feeds: Record<string, Tensor>, fetches: Record<string, Tensor | null>) => {
      const ended = session.run(feeds, fetches).then(
        (result) => {
          outcomes.push('gave copies');
          results.push(result);
          return result;
        },
        (error: unknown) => {
          outcomes.push('stopped');
          throw error;
        },
      );
      return change(ended);
    };
    return { run, outputNames: session.outputNames, release: () => session.release() };
  };
  const runtime = { Tensor: real.Tensor, InferenceSession: { create } } as unknown as Runtime;
  return { runtime, outcomes, results };
}

describe('A session with bound outputs', () => {
  test('writes them where it is told to, and onnxruntime makes no copies of them', async () => {
    const { runtime, outcomes } = watched((run) => run);
    const session = await boundSessions(runtime, options)(model);
    const [sum, same] = [tensor(0, 0, 0), tensor(0, 0, 0)];
    for (const first of [1, 5]) {
      await session.run({ x: tensor(first, 2, 3) }, { sum, same });
      expect([...(sum.data as Float32Array)]).toEqual([first + 2, 4, 5]);
      expect([...(same.data as Float32Array)]).toEqual([first, 2, 3]);
    }
    await session.release();
    // The first is the trial.
    expect(outcomes).toEqual(['stopped', 'stopped', 'stopped']);
  });

  test('still says what fails', async () => {
    const session = await boundSessions(real, options)(model);
    const outputs = { sum: tensor(0, 0, 0), same: tensor(0, 0, 0) };
    await expect(session.run({ x: tensor(1, 2) }, outputs)).rejects.toThrow(
      /^A run failed in onnxruntime: .*invalid dim/s,
    );
    await session.release();
  });

  test('frees the copies of a runtime that does not stop for it', async () => {
    // As a later onnxruntime might: a sequence is an output like others.
    const { runtime, results } = watched((run) => run.catch(() => ({})));
    const session = await boundSessions(runtime, options)(model);
    const [sum, same] = [tensor(0, 0, 0), tensor(0, 0, 0)];
    await session.run({ x: tensor(1, 2, 3) }, { sum, same });
    await session.release();
    expect([...(sum.data as Float32Array)]).toEqual([3, 4, 5]);
    expect(results.map((result) => Object.values(result).map(({ data }) => data.length))).toEqual([[0, 0]]);
  });

  test('does not rely on the stop of a runtime that has not written the outputs before', async () => {
    const create = () =>
      Promise.resolve({
        run: () => Promise.reject(new Error('Non tensor type is temporarily not supported.')),
        release: () => Promise.resolve(),
      });
    const runtime = { Tensor: real.Tensor, InferenceSession: { create } } as unknown as Runtime;
    const session = await boundSessions(runtime, options)(model);
    await expect(session.run({}, {})).rejects.toThrow('Non tensor type');
  });
});
