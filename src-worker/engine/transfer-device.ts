import { createArrayDevice } from './array-device.ts';
import type { Device } from './device.ts';
import type { Provider } from './providers.ts';
import type { Runtime } from './runtime.ts';

/**
 * A device that keeps nothing between runs: tensors lie in the CPU's memory, and each run takes its inputs up and brings its
 * outputs back. The CPU stands behind the provider for nodes that this one lacks. Where tensors stay on the device such a node
 * would break their stay; here the state crosses anyhow, CoreML and DirectML do not have every operator of ours, and whether it
 * pays is timed. What crosses for such nodes within a run is not counted, because onnxruntime does not tell.
 */
export function createTransferDevice(runtime: Runtime, provider: Provider, threads: number): Device {
  const options = {
    executionProviders: [provider, 'cpu'],
    intraOpNumThreads: threads,
    // onnxruntime's documentation: DirectML does not support memory patterns.
    enableMemPattern: provider !== 'dml',
    extra: { session: { force_spinning_stop: '1' } },
  };
  return createArrayDevice(runtime, options, { crosses: true });
}
