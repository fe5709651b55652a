import { createCpuDevice } from './cpu-device.ts';
import type { Device, DeviceOptions } from './device.ts';
import { createGpuDevice } from './gpu-device.ts';
import { loadRuntime } from './runtime.ts';

/** @throws MillraceError ENGINE when onnxruntime does not load; a provider that the machine lacks shows when a graph is loaded */
export async function openDevice({ provider, threads }: DeviceOptions): Promise<Device> {
  const runtime = await loadRuntime();
  return provider === 'cpu' ? createCpuDevice(runtime, threads) : createGpuDevice(runtime);
}
