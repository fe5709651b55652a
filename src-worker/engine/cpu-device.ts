import { createArrayDevice } from './array-device.ts';
import type { Device } from './device.ts';
import type { Runtime } from './runtime.ts';

/**
 * Whether this process's allocator keeps what is freed (main tells glibc to where it launches workers). Then onnxruntime needs
 * no pools of its own for each graph: all of them share one heap, which takes half the memory at the same speed. Without it,
 * memory that is given back and taken again for every run more than doubles the run's time.
 */
const keepsFreedMemory = (): boolean => process.env['MALLOC_TRIM_THRESHOLD_'] !== undefined;

/** The CPU: graphs run in place on the arrays. */
export function createCpuDevice(runtime: Runtime, threads: number): Device {
  const options = {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    enableCpuMemArena: !keepsFreedMemory(),
    enableMemPattern: !keepsFreedMemory(),
    // Threads may spin within a run, where the next node follows at once, but not after it.
    extra: { session: { force_spinning_stop: '1' } },
  };
  return createArrayDevice(runtime, options, { crosses: false });
}
