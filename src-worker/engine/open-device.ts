import { MillraceError } from '#protocol/errors.ts';
import { createCpuDevice } from './cpu-device.ts';
import type { Device, DeviceOptions } from './device.ts';
import { createGpuDevice } from './gpu-device.ts';
import { candidateProviders } from './providers.ts';
import { loadRuntime } from './runtime.ts';
import { createTransferDevice } from './transfer-device.ts';

/**
 * @throws MillraceError ENGINE when onnxruntime does not load or was built without the provider; one that the machine lacks
 *   shows when a graph is loaded
 */
export async function openDevice({ provider, threads }: DeviceOptions): Promise<Device> {
  const runtime = await loadRuntime();
  if (provider === 'cpu') return createCpuDevice(runtime, threads);
  if (provider === 'webgpu') return createGpuDevice(runtime);
  // Asked for a provider that it does not know, onnxruntime leaves it out with a warning, and the CPU behind it does all.
  if (!candidateProviders(runtime.listSupportedBackends()).includes(provider)) {
    throw new MillraceError('ENGINE', `onnxruntime has no ${provider} on this system`);
  }
  return createTransferDevice(runtime, provider, threads);
}
