import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { toHex } from '#protocol/bytes.ts';
import { errorMessage } from '#protocol/errors.ts';
import { sha256 } from '#protocol/hash.ts';
import { writeModel } from '#worker/graph/onnx/model.ts';
import { input } from '#worker/graph/value.ts';
import { DEFAULT_ADAMW } from '#worker/model/adamw.ts';
import { trainingStepModel } from '#worker/model/training-step.ts';
import { chooseProvider, type ProviderChoice } from './choose-provider.ts';
import { openDevice } from './open-device.ts';
import { candidateProviders, keepsTensors, type Provider } from './providers.ts';
import { loadRuntime } from './runtime.ts';
import { tryProvider, type TrialOptions } from './try-provider.ts';

const rememberedSchema = v.object({
  key: v.string(),
  provider: v.picklist(['webgpu', 'cpu']),
  reason: v.pipe(v.string(), v.maxLength(2000)),
});
const MAX_FILE_BYTES = 10_000;
/** Graphics drivers carry their version in the names of their libraries. */
const DRIVER_LIBRARY = /vulkan|libvk_|libGLX|libnvidia|libdrm|amdgpu|nvoglv|amdvlk|igvk|d3d12|dxcore|Metal/i;

/**
 * The provider to train this model with: the one that was chosen here before for this graph, driver and onnxruntime, else the
 * fastest that computes right.
 * @param path of the file that remembers the choice
 */
export async function selectProvider(options: TrialOptions, path: string): Promise<ProviderChoice> {
  const runtime = await loadRuntime();
  const findings: string[] = [];
  const usable: Provider[] = [];
  for (const provider of candidateProviders(runtime.listSupportedBackends()).filter(keepsTensors)) {
    const problem = provider === 'cpu' ? null : await problemOf(provider, options.threads);
    if (problem === null) usable.push(provider);
    else findings.push(`${provider} cannot be used: ${problem}`);
  }
  if (usable.length === 1) return { provider: 'cpu', reason: ['The CPU trains', ...findings].join('; ') };

  // After the probe, because only now the driver is loaded.
  const graph = toHex(sha256(trainingStepModel(options.config, options.batchSize, DEFAULT_ADAMW)));
  const key = [runtime.env.versions.node ?? '', usable.join('+'), graph, ...driverLibraries()].join(' ');
  const remembered = await readChoice(path);
  if (remembered?.key === key) return remembered;
  const choice = await chooseProvider(usable, (provider) => tryProvider(provider, options));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, JSON.stringify({ key, ...choice }), { mode: 0o600 });
  await rename(`${path}.new`, path);
  return choice;
}

/** Why the provider cannot even copy a number; `null` when it can. */
async function problemOf(provider: Provider, threads: number): Promise<string | null> {
  const number = input('number', 'float32', [1]);
  try {
    const device = await openDevice({ provider, threads });
    const kernel = await device.load(writeModel([number], { copy: number }));
    await kernel.dispose();
    await device.dispose();
    return null;
  } catch (error) {
    // What the provider says stands behind where in its code it says so.
    return errorMessage(error).trim().split('was false. ').at(-1) ?? '';
  }
}

function driverLibraries(): readonly string[] {
  const report = process.report.getReport() as { readonly sharedObjects?: readonly string[] };
  const names = (report.sharedObjects ?? []).map((file) => file.replace(/^.*[\\/]/, ''));
  return names.filter((name) => DRIVER_LIBRARY.test(name)).sort();
}

async function readChoice(path: string): Promise<v.InferOutput<typeof rememberedSchema> | null> {
  try {
    const text = await readFile(path, 'utf8');
    if (text.length > MAX_FILE_BYTES) return null;
    const parsed = v.safeParse(rememberedSchema, JSON.parse(text));
    return parsed.success ? parsed.output : null;
  } catch {
    return null; // never written, or damaged: the choice is made anew
  }
}
