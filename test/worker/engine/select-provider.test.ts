import { mkdtempSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished, expect, test } from 'vitest';
import { selectProvider } from '#worker/engine/select-provider.ts';
import { goldenBatchSize, goldenConfig } from '../model/golden.ts';

const options = { config: goldenConfig, batchSize: goldenBatchSize, threads: 1 };
/** Beside the choice, while something is tried. */
const markOf = (path: string): string => join(dirname(path), 'provider-trials.json');

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
  expect(existsSync(markOf(path))).toBe(false);
});

test.each(['', '{', '{"key":7}', '[]'])('a damaged file %j is no choice', async (text) => {
  const path = temporaryPath();
  await selectProvider(options, path);
  writeFileSync(path, text);
  expect((await selectProvider(options, path)).reason).toMatch(/trains/);
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
  expect(existsSync(markOf(path))).toBe(false);
});
