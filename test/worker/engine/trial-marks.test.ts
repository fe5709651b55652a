import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { TrialMarks } from '#worker/engine/trial-marks.ts';

const never = new AbortController().signal;
const program = fileURLToPath(new URL('./end-in-trial.ts', import.meta.url));

test('processes that are killed in a trial leave the name of what each was trying, and one that lives leaves none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-marks-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'provider-trials.json');
  for (const provider of ['cuda', 'webgpu']) {
    const child = spawn(process.execPath, [program, path, provider], { stdio: ['ignore', 'ignore', 'inherit'] });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  }
  const marks = await TrialMarks.open(path, '1.30.0');
  await expect(marks.during('dml', never, () => Promise.reject(new Error('no DirectML')))).rejects.toThrow(
    'no DirectML',
  );
  expect(await marks.during('coreml', never, () => Promise.resolve(7))).toBe(7);

  const next = await TrialMarks.open(path, '1.30.0');
  const all = ['cuda', 'webgpu', 'dml', 'coreml', 'cpu'] as const;
  expect(all.filter((provider) => next.hasEnded(provider))).toEqual(['cuda', 'webgpu']);
  expect(next.findings()).toHaveLength(2);
  expect(readdirSync(folder)).toEqual(['provider-trials.json']);
});

test('a worker that is told to stop in the middle of a trial leaves no mark, at once, for it is killed soon after', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-marks-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'provider-trials.json');
  const marks = await TrialMarks.open(path, '1.30.0');
  const stopping = new AbortController();
  await marks.during('webgpu', stopping.signal, () => {
    expect(readdirSync(folder)).toEqual(['provider-trials.json']);
    stopping.abort();
    expect(readdirSync(folder)).toEqual([]);
    return Promise.resolve();
  });
  expect((await TrialMarks.open(path, '1.30.0')).hasEnded('webgpu')).toBe(false);
});

test('another driver lifts a ban that came before any driver was loaded', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-marks-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [path, driver] = [join(folder, 'provider-trials.json'), join(folder, 'driver_icd.json')];
  writeFileSync(driver, '{}');
  const child = spawn(process.execPath, [program, path, 'webgpu'], {
    ...{ stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, VK_DRIVER_FILES: driver } },
  });
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  expect((await TrialMarks.open(path, '1.30.0')).hasEnded('webgpu')).toBe(true);
  writeFileSync(driver, '{ "newer": true }');
  expect((await TrialMarks.open(path, '1.30.0')).hasEnded('webgpu')).toBe(false);
});
