import { MillraceError } from '#protocol/errors.ts';
import { createCpuDevice } from './cpu-device.ts';
import type { Device, DeviceOptions } from './device.ts';
import { createGpuDevice } from './gpu-device.ts';
import { loadRuntime } from './runtime.ts';

/** @throws MillraceError ENGINE when onnxruntime does not load; a provider that the machine lacks shows when a graph is loaded */
export async function openDevice({ provider, threads }: DeviceOptions): Promise<Device> {
  const runtime = await loadRuntime();
  if (provider === 'cpu') return createCpuDevice(runtime, threads);
  if (provider === 'webgpu') return createGpuDevice(runtime);
  throw new MillraceError(
    'ENGINE',
    `${provider} would move the whole state over the bus with every step, and is not used yet`,
  );
}
