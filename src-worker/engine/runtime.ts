import type * as OnnxRuntime from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-node';
import { errorMessage, MillraceError } from '#protocol/errors.ts';

export type Runtime = typeof OnnxRuntime;

/** onnxruntime itself failed: the graph, the driver or the device, not the caller. */
export class RuntimeFailure extends MillraceError {
  constructor(problem: string, cause: unknown) {
    super('ENGINE', `${problem}: ${errorMessage(cause)}`, { cause });
    this.name = 'RuntimeFailure';
  }
}

/** Since 1.30 the native library reports its use to its maker unless this is set before it loads. Nobody asked our owners. */
function withoutTelemetry(): void {
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
}

/**
 * Loads onnxruntime, here and not before, so that a process which never trains never pays for it.
 * @throws RuntimeFailure
 */
export async function loadRuntime(): Promise<Runtime> {
  withoutTelemetry();
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    throw new RuntimeFailure('onnxruntime does not load', cause);
  }
}

/** @throws RuntimeFailure when the runtime refuses the model or has no such provider */
export async function createSession(
  runtime: Runtime,
  model: Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  try {
    return await runtime.InferenceSession.create(model, {
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      interOpNumThreads: 1,
      ...options,
    });
  } catch (cause) {
    throw new RuntimeFailure('onnxruntime cannot load the graph', cause);
  }
}

/** @throws RuntimeFailure with what `work`, a call into onnxruntime, throws */
export async function inRuntime<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new RuntimeFailure('A run failed in onnxruntime', cause);
  }
}
