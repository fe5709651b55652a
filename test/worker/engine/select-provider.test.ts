import { mkdtempSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'onnxruntime-node';
import { onTestFinished, expect, test } from 'vitest';
import { selectProvider } from '#worker/engine/select-provider.ts';
import { goldenBatchSize, goldenConfig } from '../model/golden.ts';

const options = { config: goldenConfig, batchSize: goldenBatchSize, threads: 1 };
const MARK = `trial with ${env.versions.node ?? ''}`;

function temporaryPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-provider-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'worker', 'provider.json');
}

test('says why the CPU trains where nothing else can, and leaves no mark of a trial', async () => {
  const path = temporaryPath();
  const choice = await selectProvider(options, path);
  // With a GPU in the machine it may be the one; without, the reason names what was missing.
  expect(choice.reason).toContain(choice.provider === 'cpu' ? 'The CPU trains' : `${choice.provider} trains`);
  expect(existsSync(path) && readFileSync(path, 'utf8').includes(MARK)).toBe(false);
});

test('after a trial that ended the process the CPU trains, and the owner hears why', async () => {
  const path = temporaryPath();
  await selectProvider(options, path);
  writeFileSync(path, JSON.stringify({ key: MARK, provider: 'cpu', reason: 'webgpu ended the process' }));
  const reason = 'webgpu ended the process';
  expect(await selectProvider(options, path)).toEqual({ provider: 'cpu', stepsPerRun: 1, reason });
});

test.each(['', '{', '{"key":7}', '[]'])('a damaged file %j is no choice', async (text) => {
  const path = temporaryPath();
  await selectProvider(options, path);
  writeFileSync(path, text);
  expect((await selectProvider(options, path)).reason).toMatch(/trains/);
});

test('a choice with several steps a run is read as it was written', async () => {
  const path = temporaryPath();
  await selectProvider(options, path);
  const reason = 'cuda trains; 4 steps a run';
  writeFileSync(path, JSON.stringify({ key: MARK, provider: 'cuda', stepsPerRun: 4, reason }));
  expect(await selectProvider(options, path)).toEqual({ provider: 'cuda', stepsPerRun: 4, reason });
});

test('stopped, it leaves no mark of a trial, and what was remembered before', async () => {
  const path = temporaryPath();
  const reason = new Error('the worker is paused');
  const stopSoon = (): ReturnType<typeof selectProvider> => {
    const stopping = new AbortController();
    const selecting = selectProvider(options, path, stopping.signal);
    stopping.abort(reason); // it has begun, and waits for the runtime
    return selecting;
  };
  await expect(stopSoon()).rejects.toBe(reason);
  expect(existsSync(path)).toBe(false);

  const before = { key: 'another driver', provider: 'webgpu', stepsPerRun: 1, reason: 'webgpu trains' };
  await selectProvider(options, path);
  writeFileSync(path, JSON.stringify(before));
  await expect(stopSoon()).rejects.toBe(reason);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(before);
});
