import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import type { Provider } from '#worker/engine/providers.ts';
import { selectProvider } from '#worker/engine/select-provider.ts';
import type { Trial } from '#worker/engine/try-provider.ts';
import { goldenBatchSize, goldenConfig } from '../model/golden.ts';

/** Two providers that work, and what each does to the process. Where it ends, nothing ever comes back. */
const machine = vi.hoisted(() => ({
  endsAtProbe: new Set<string>(),
  endsAtTrial: new Set<string>(),
  tried: [] as string[],
  /** Resolves when the process has ended. */
  ended: Promise.withResolvers<undefined>(),
  libraries: [] as string[],
  version: '1.30.0',
}));
const stepMs: Readonly<Record<Provider, number>> = { cuda: 1, webgpu: 2, cpu: 3, dml: 9, coreml: 9 };

const end = async (): Promise<never> => {
  machine.ended.resolve(undefined);
  return new Promise(() => undefined);
};

vi.mock('#worker/engine/runtime.ts', () => ({
  loadRuntime: () =>
    Promise.resolve({
      listSupportedBackends: () => [{ name: 'cuda' }, { name: 'webgpu' }],
      env: { versions: { node: machine.version } },
    }),
}));
vi.mock('#worker/engine/probe-provider.ts', () => ({
  providerProblem: (provider: Provider) => {
    if (provider !== 'cpu') machine.tried.push(`probe ${provider}`);
    return machine.endsAtProbe.has(provider) ? end() : Promise.resolve(null);
  },
}));
vi.mock('#worker/engine/try-provider.ts', () => ({
  tryProvider: (provider: Provider): Promise<Trial> => {
    machine.tried.push(provider);
    if (machine.endsAtTrial.has(provider)) return end();
    const results = [{ loss: 1, gradientNorm: 1 }];
    return Promise.resolve({ results, stepsPerRun: provider === 'cuda' ? 4 : 1, stepMs: stepMs[provider] });
  },
}));
vi.mock('#worker/engine/driver-libraries.ts', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  loadedLibraries: () => machine.libraries,
}));

afterEach(() => {
  const fresh = { endsAtProbe: new Set<string>(), endsAtTrial: new Set<string>(), libraries: [], version: '1.30.0' };
  Object.assign(machine, fresh, { tried: [], ended: Promise.withResolvers<undefined>() });
});

const options = { config: goldenConfig, batchSize: goldenBatchSize, threads: 1 };

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-trials-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A start of the worker. */
async function start(folder: string) {
  machine.tried = [];
  return selectProvider(options, join(folder, 'provider.json'));
}

/** A start at which a driver ends the process. */
async function endedStart(folder: string): Promise<void> {
  machine.tried = [];
  machine.ended = Promise.withResolvers();
  void selectProvider(options, join(folder, 'provider.json'));
  await machine.ended.promise;
}

const ended = (provider: string, folder: string): string =>
  `${provider} ended the process when it was tried (to try it again, delete ${join(folder, 'provider-trials.json')})`;

test('a choice is remembered with its steps a run, and no trial with it', async () => {
  const folder = temporaryFolder();
  const choice = await start(folder);
  expect(choice).toMatchObject({ provider: 'cuda', stepsPerRun: 4 });
  expect(machine.tried).toEqual(['probe cuda', 'probe webgpu', 'cuda', 'webgpu', 'cpu']);
  expect(await start(folder)).toEqual(choice);
  expect(machine.tried).toEqual(['probe cuda', 'probe webgpu']);
  expect(existsSync(join(folder, 'provider-trials.json'))).toBe(false);
});

test.each(['endsAtProbe', 'endsAtTrial'] as const)(
  'a provider that ends the process (%s) is not tried again, the others are, and the owner hears which and what to do',
  async (where) => {
    const folder = temporaryFolder();
    machine[where].add('cuda');
    await endedStart(folder);
    const choice = await start(folder);
    expect(machine.tried).toEqual(['probe webgpu', 'webgpu', 'cpu']);
    expect(choice.provider).toBe('webgpu');
    expect(choice.reason).toContain(ended('cuda', folder));
    expect(choice.reason).not.toContain('webgpu ended');
    // The same at every start from now on, without a trial.
    expect(await start(folder)).toEqual(choice);
    expect(machine.tried).toEqual(['probe webgpu']);
  },
);

test('when both have ended it the CPU trains, and both are named', async () => {
  const folder = temporaryFolder();
  machine.endsAtTrial.add('cuda').add('webgpu');
  await endedStart(folder);
  await endedStart(folder);
  const { provider, reason } = await start(folder);
  expect(machine.tried).toEqual([]);
  expect(provider).toBe('cpu');
  expect(reason).toBe(`The CPU trains; ${ended('cuda', folder)}; ${ended('webgpu', folder)}`);
});

test('a provider that ends the process after it was chosen before is not taken from memory', async () => {
  const folder = temporaryFolder();
  expect((await start(folder)).provider).toBe('cuda');
  machine.endsAtProbe.add('cuda');
  await endedStart(folder);
  expect((await start(folder)).provider).toBe('webgpu');
});

test('it is tried again when the owner deletes the file, and with another onnxruntime', async () => {
  const folder = temporaryFolder();
  machine.endsAtProbe.add('cuda');
  await endedStart(folder);
  machine.endsAtProbe.clear();
  expect((await start(folder)).provider).toBe('webgpu');
  machine.version = '1.31.0';
  expect((await start(folder)).provider).toBe('cuda');

  machine.endsAtProbe.add('webgpu');
  await endedStart(folder);
  machine.endsAtProbe.clear();
  expect((await start(folder)).reason).toContain('webgpu ended');
  rmSync(join(folder, 'provider-trials.json'));
  const again = await start(folder);
  expect(machine.tried).toContain('probe webgpu');
  expect(again.reason).not.toContain('ended');
});

test('it is tried again with another driver, where it was known', async () => {
  const folder = temporaryFolder();
  const library = join(folder, 'libcuda.so.1');
  writeFileSync(library, 'driver 550');
  machine.libraries = [library, '/usr/lib/libc.so.6'];
  machine.endsAtTrial.add('cuda');
  await endedStart(folder);
  machine.endsAtTrial.clear();
  expect((await start(folder)).provider).toBe('webgpu');
  writeFileSync(library, 'driver 560.28');
  expect((await start(folder)).provider).toBe('cuda');
});

test('nothing but the CPU is tried where the mark cannot be written', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  const { provider, reason } = await start(join(folder, 'file'));
  expect(machine.tried).toEqual([]);
  expect(provider).toBe('cpu');
  expect(reason).toMatch(
    /^The CPU trains; cuda cannot be used: it is not tried, because .*provider-trials.json cannot be/,
  );
});

test.each(['', '{', '[]', '{"runtime":"1.30.0","trying":{"provider":"magic"},"ended":[]}'])(
  'a damaged file %j names no provider',
  async (text) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'provider-trials.json'), text);
    expect((await start(folder)).provider).toBe('cuda');
  },
);

test('a trial that fails, or is stopped, leaves no mark', async () => {
  const folder = temporaryFolder();
  machine.endsAtProbe.add('cuda');
  await endedStart(folder);
  const stopping = new AbortController();
  const selecting = selectProvider(options, join(folder, 'provider.json'), stopping.signal);
  stopping.abort(new Error('paused'));
  await expect(selecting).rejects.toThrow('paused');
  await start(folder);
  expect(JSON.parse(readFileSync(join(folder, 'provider-trials.json'), 'utf8'))).toMatchObject({
    trying: null,
    ended: [{ provider: 'cuda' }],
  });
});
