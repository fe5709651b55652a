import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
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
  reason: v.string(),
});
const MAX_FILE_BYTES = 10_000;
const MAX_REASON_CHARACTERS = 2_000;
/** Many graphics drivers carry their version in the names of their libraries; for the others a new driver is not noticed. */
const DRIVER_LIBRARY = /vulkan|libvk_|libGLX|libnvidia|libdrm|amdgpu|nvoglv|amdvlk|igvk|d3d12|dxcore|Metal/i;

/**
 * The provider to train this model with: the one that was chosen here before for this graph, driver and onnxruntime, else the
 * fastest that computes right.
 * A driver may end the process instead of failing. Therefore the file says that a trial is under way until it is over: found at
 * a start, the CPU trains until there is another onnxruntime.
 * @param path of the file that remembers the choice
 */
export async function selectProvider(options: TrialOptions, path: string): Promise<ProviderChoice> {
  const runtime = await loadRuntime();
  const candidates = candidateProviders(runtime.listSupportedBackends()).filter(keepsTensors);
  const version = runtime.env.versions.node ?? '';
  const remembered = await readChoice(path);
  const trialMark = `trial with ${version}`;
  if (remembered?.key === trialMark) return { provider: remembered.provider, reason: remembered.reason };
  const ended = `The CPU trains; trying ${candidates.join(', ')} ended the process before (to try again, delete ${path})`;
  const remembers = await remember(path, { key: trialMark, provider: 'cpu', reason: ended });
  // Without the mark a driver that ends the process would do so at every start.
  if (!remembers)
    return { provider: 'cpu', reason: `The CPU trains; ${path} cannot be written, so nothing else is tried` };
  const findings: string[] = [];
  const usable: Provider[] = [];
  for (const provider of candidates) {
    const problem = provider === 'cpu' ? null : await problemOf(provider, options.threads);
    if (problem === null) usable.push(provider);
    else findings.push(`${provider} cannot be used: ${problem}`);
  }
  if (usable.length === 1) {
    await rm(path, { force: true });
    return { provider: 'cpu', reason: ['The CPU trains', ...findings].join('; ') };
  }

  // After the probe, because only now the driver is loaded.
  const graph = toHex(
    sha256(
      trainingStepModel(options.config, { batchSize: options.batchSize, microBatches: 1, optimizer: DEFAULT_ADAMW }),
    ),
  );
  const key = [version, usable.join('+'), `${options.threads} threads`, graph, ...driverLibraries()].join(' ');
  const choice =
    remembered?.key === key
      ? { provider: remembered.provider, reason: remembered.reason }
      : await chooseProvider(usable, (provider) => tryProvider(provider, options));
  await remember(path, { key, ...choice });
  return choice;
}

/** Whether it could be written: a choice that cannot be remembered is made again. */
async function remember(
  path: string,
  { key, provider, reason }: ProviderChoice & { readonly key: string },
): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const entry = { key, provider, reason: reason.slice(0, MAX_REASON_CHARACTERS) };
    await writeFile(`${path}.new`, JSON.stringify(entry), { mode: 0o600 });
    await rename(`${path}.new`, path);
    return true;
  } catch {
    return false;
  }
}

/** Why the provider cannot even copy a number; `null` when it can. */
async function problemOf(provider: Provider, threads: number): Promise<string | null> {
  const number = input('number', 'float32', [1]);
  try {
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

function driverLibraries(): readonly string[] {
  // Else it asks name servers who our peers are, and blocks until they answer.
  Object.assign(process.report, { excludeNetwork: true });
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
