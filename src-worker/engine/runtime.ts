import type { InferenceSession, Tensor, TypedTensor } from 'onnxruntime-node';
import { errorMessage, MillraceError } from '#protocol/errors.ts';

export interface RuntimeOptions {
  /** Cores that one step may use. */
  readonly threads: number;
  readonly provider: 'cpu';
}

type FloatTensor = TypedTensor<'float32'>;

/** A model loaded into onnxruntime. */
export interface Session {
  /** Runs once; given output tensors are written in place. Throws MillraceError ENGINE. */
  readonly run: (
    inputs: Readonly<Record<string, Tensor>>,
    outputs: Readonly<Record<string, Tensor>>,
  ) => Promise<Readonly<Record<string, Tensor>>>;
  readonly float: (data: Float32Array, shape: readonly number[]) => FloatTensor;
  readonly int32: (data: Int32Array, shape: readonly number[]) => Tensor;
  readonly dispose: () => Promise<void>;
}

/** Since 1.30 the native library reports its use to its maker unless this is set before it loads. Nobody asked our owners. */
function withoutTelemetry(): void {
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
}

/**
 * Loads a model. onnxruntime is imported here and not before, so that a process which never trains never pays for it.
 * Throws MillraceError ENGINE when the runtime does not load or refuses the model.
 */
export async function createSession(model: Uint8Array, { threads, provider }: RuntimeOptions): Promise<Session> {
  try {
    withoutTelemetry();
    const runtime = await import('onnxruntime-node');
    const options: InferenceSession.SessionOptions = {
      executionProviders: [provider],
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // Threads may spin within a step, where the next node follows at once, but not after it.
      extra: { session: { force_spinning_stop: '1' } },
    };
    const session = await runtime.InferenceSession.create(model, options);
    return {
      run: async (inputs, outputs) => {
        try {
          return await session.run(inputs, outputs);
        } catch (cause) {
          throw new MillraceError('ENGINE', `A step failed in onnxruntime: ${errorMessage(cause)}`, { cause });
        }
      },
      float: (data, shape) => new runtime.Tensor('float32', data, shape),
      int32: (data, shape) => new runtime.Tensor('int32', data, shape),
      dispose: () => session.release(),
    };
  } catch (cause) {
    throw new MillraceError('ENGINE', `onnxruntime cannot load the model: ${errorMessage(cause)}`, { cause });
  }
}
