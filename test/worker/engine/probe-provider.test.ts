import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, expect, test } from 'vitest';
import { driverVersions, loadedLibraries } from '#worker/engine/driver-libraries.ts';
import { missingLibrary, providerProblem } from '#worker/engine/probe-provider.ts';
import { createProviderTrainer } from '#worker/engine/provider-trainer.ts';
import { loadRuntime } from '#worker/engine/runtime.ts';
import { goldenBatchSize, goldenConfig } from '../model/golden.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-probe-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a driver that is updated under its old name has another version', async () => {
  const [driver, other] = ['libnvidia-gpu.so', 'libssl.so'].map((name) => join(temporaryFolder(), name)) as [
    string,
    string,
  ];
  const files = [driver, other];
  for (const file of files) writeFileSync(file, 'one');
  utimesSync(driver, 1_000, 1_000);
  const first = await driverVersions(files);
  expect(first).toEqual(['libnvidia-gpu.so:3:1000000']);
  writeFileSync(other, 'changed');
  expect(await driverVersions(files)).toEqual(first);
  utimesSync(driver, 2_000, 2_000);
  expect(await driverVersions(files)).toEqual(['libnvidia-gpu.so:3:2000000']);
  writeFileSync(driver, 'larger');
  utimesSync(driver, 2_000, 2_000);
  expect(await driverVersions(files)).toEqual(['libnvidia-gpu.so:6:2000000']);
});

test('a driver without a file changes with the system', async () => {
  expect(await driverVersions(['/System/Library/Frameworks/Metal'])).toEqual([`Metal:${release()}`]);
});

test('the library of a provider that does not come with onnxruntime is looked for beside it', () => {
  const folder = temporaryFolder();
  const loaded = ['/lib/libc.so.6', join(folder, 'onnxruntime_binding.node')];
  const backends = [
    { name: 'cuda', bundled: false },
    { name: 'webgpu', bundled: true },
  ];
  const name = process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  expect(missingLibrary('cuda', backends, loaded)).toBe(name);
  expect(missingLibrary('webgpu', backends, loaded)).toBeNull();
  expect(missingLibrary('cuda', backends, []), 'onnxruntime itself must say then').toBeNull();
  writeFileSync(join(folder, name), '');
  expect(missingLibrary('cuda', backends, loaded)).toBeNull();
});

test('the binding by which that folder is found is among the loaded libraries', async () => {
  await loadRuntime();
  expect(loadedLibraries().some((file) => file.endsWith('onnxruntime_binding.node'))).toBe(true);
});

test.each(['cuda', 'dml', 'coreml'] as const)('%s either works or says why not', async (provider) => {
  const { listSupportedBackends } = await loadRuntime();
  const problem = await providerProblem(provider, 1);
  if (!listSupportedBackends().some(({ name }) => name === provider)) {
    expect(problem).toContain(`onnxruntime has no ${provider} on this system`);
  } else {
    expect(problem).not.toBe('');
  }
});

test('the CPU needs no probe', async () => {
  expect(await providerProblem('cpu', 1)).toBeNull();
});

test('a batch that does not fit into one run is refused where runs cannot be parts of a step', async () => {
  const options = { config: goldenConfig, batchSize: goldenBatchSize, threads: 1, provider: 'cuda', largestRunSize: 1 };
  await expect(createProviderTrainer({ ...options, provider: 'cuda' })).rejects.toMatchObject({
    code: 'ENGINE',
    message: `cuda runs a batch of ${goldenBatchSize} windows at once, and the memory is enough for 1`,
  });
});
