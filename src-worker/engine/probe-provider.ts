import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorMessage } from '#protocol/errors.ts';
import { writeModel } from '#worker/graph/onnx/model.ts';
import { input } from '#worker/graph/value.ts';
import { loadedLibraries } from './driver-libraries.ts';
import { openDevice } from './open-device.ts';
import type { Provider } from './providers.ts';
import { loadRuntime } from './runtime.ts';

/** Why the provider cannot even copy a number; `null` when it can. Loads its driver. */
export async function providerProblem(provider: Provider, threads: number): Promise<string | null> {
  if (provider === 'cpu') return null;
  const number = input('number', 'float32', [1]);
  try {
    const { listSupportedBackends } = await loadRuntime();
    const missing = missingLibrary(provider, listSupportedBackends(), loadedLibraries());
    if (missing !== null) return `onnxruntime's ${missing} is not installed`;
    const device = await openDevice({ provider, threads });
    try {
      await (await device.load(writeModel([number], { copy: number }))).dispose();
    } finally {
      await device.dispose();
    }
    return null;
  } catch (error) {
    // What the provider says stands behind where in its code it says so.
    return errorMessage(error).trim().split('was false. ').at(-1) ?? '';
  }
}

/**
 * The file that a provider which does not come with onnxruntime would need and that is not there; `null` when nothing is
 * missing. Asked for such a provider, onnxruntime fails too, but writes errors to the log first, at every start of a worker.
 * @param loaded files of the libraries in this process, onnxruntime's among them: it looks for its providers beside itself
 */
export function missingLibrary(
  provider: Provider,
  backends: readonly { readonly name: string; readonly bundled: boolean }[],
  loaded: readonly string[],
): string | null {
  if (backends.find(({ name }) => name === provider)?.bundled !== false) return null;
  const runtime = loaded.find((file) => file.endsWith('onnxruntime_binding.node'));
  if (runtime === undefined) return null; // then onnxruntime itself must say
  const name =
    process.platform === 'win32' ? `onnxruntime_providers_${provider}.dll` : `libonnxruntime_providers_${provider}.so`;
  return existsSync(join(dirname(runtime), name)) ? null : name;
}
