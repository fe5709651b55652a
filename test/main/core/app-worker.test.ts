import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, expect, test, vi } from 'vitest';
import { ROUND_BLOCKS } from '#main/core/devnet-genesis.ts';
import { hardwareWithoutProbe } from '#main/core/hardware-scan.ts';
import { createFakeProcessHost } from '../fake-process-host.ts';
import { workerRound } from '../worker-round.ts';
import { ROOT, setUp, startWorking, until, untilRunning, work } from './app-scene.ts';

test('shows what the worker says', async () => {
  const scene = setUp();
  const worker = await startWorking(scene);
  worker.say({ kind: 'worker-state', state: { kind: 'training' } });
  expect(work(scene)).toEqual({ kind: 'training' });
  worker.say({
    kind: 'progress',
    progress: {
      ...{ round: 2, phase: 'training', step: 3, steps: 30 },
      ...{ loss: 4.5, tokensPerSecond: 900, gradientNorm: 0.75, peers: 3 },
    },
  });
  expect(scene.app.store.get().progress).toMatchObject({ round: 2, step: 3, loss: 4.5, gradientNorm: 0.75 });
  expect(scene.app.store.get().network.peers).toBe(3);
  await until(() => expect(scene.app.store.get().network.block).not.toBeNull());
  worker.say({ kind: 'round', round: workerRound(2, ROUND_BLOCKS) });
  expect(scene.app.store.get().rounds).toMatchObject([{ round: 2, score: 90, rewardRao: null }]);
});

test('all steps of a start on the devnet are one, with the time that it usually takes', async () => {
  const scene = setUp();
  const worker = await startWorking(scene);
  const first = work(scene);
  expect(first).toMatchObject({ kind: 'starting', usual: { durationMs: 30_000 } });
  const { usual } = first as Extract<typeof first, { readonly kind: 'starting' }>;
  worker.say({ kind: 'worker-state', state: { kind: 'awaiting-run' } });
  const step = 'Your devnet is starting: its first run comes within about half a minute';
  expect(work(scene)).toEqual({ kind: 'starting', step, usual });
  worker.say({ kind: 'worker-state', state: { kind: 'training' } });
  expect(work(scene)).toEqual({ kind: 'training' });
});

test('pauses at once, and gives the whole machine back', async () => {
  const scene = setUp();
  const worker = await startWorking(scene);
  worker.say({ kind: 'worker-state', state: { kind: 'training' } });
  const paused = scene.app.command('work.pause', {});
  expect(work(scene)).toEqual({ kind: 'pausing' });
  expect(worker.sent.at(-1)).toEqual({ kind: 'stop' });
  expect(worker.isRunning).toBe(false);
  expect(await paused).toEqual({ ok: true });
  expect(work(scene)).toEqual({ kind: 'stopped' });
  expect(scene.logs.filter((line) => line.includes('starting it again'))).toEqual([]);
  await until(() => {
    const running = scene.host.launched.filter((child) => child.isRunning).map(({ name }) => name);
    expect(running).toEqual(['chain']);
  });
});

test('kills a worker that does not end in time when it is paused', async () => {
  const scene = setUp({ host: createFakeProcessHost({ stopsWhenAsked: false }) });
  const worker = await startWorking(scene);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const paused = scene.app.command('work.pause', {});
  await vi.advanceTimersByTimeAsync(249);
  expect(worker.isRunning).toBe(true);
  expect(work(scene)).toEqual({ kind: 'pausing' });
  await vi.advanceTimersByTimeAsync(1);
  expect(worker.isRunning).toBe(false);
  expect(await paused).toEqual({ ok: true });
  // The devnet's members still have their grace.
  expect(scene.host.exits.filter((name) => name !== 'hardware-probe')).toEqual(['worker']);
  expect(work(scene)).toEqual({ kind: 'stopped' });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(scene.host.running('validator')).toBeUndefined();
});

test('starts again after a pause, also when the owner changes their mind in the middle of it', async () => {
  const scene = setUp();
  const first = await startWorking(scene);
  const paused = scene.app.command('work.pause', {});
  await scene.app.command('work.start', {});
  await paused;
  await until(() => expect(first.isRunning).toBe(false));
  const second = await untilRunning(scene, 'worker');
  second.say({ kind: 'worker-state', state: { kind: 'training' } });
  expect(work(scene)).toEqual({ kind: 'training' });
});

test('restarts a killed worker, and says so meanwhile', async () => {
  const scene = setUp();
  const worker = await startWorking(scene);
  worker.exit({ code: null, signal: 'SIGKILL' });
  await until(() => expect(work(scene)).toMatchObject({ kind: 'restarting', attempt: 1 }));
  const again = await untilRunning(scene, 'worker');
  expect(again.sent[0]).toEqual(worker.sent[0]);
});

test('stops and says why when the worker diverged, and can be started anew', async () => {
  const scene = setUp();
  const worker = await startWorking(scene);
  const state = { kind: 'diverged', round: 7, expectedRoot: ROOT, actualRoot: 'b'.repeat(64) };
  worker.say({ kind: 'worker-state', state });
  expect(work(scene)).toMatchObject({
    kind: 'failed',
    code: 'DIVERGED',
    message: expect.stringContaining('7') as unknown,
  });
  await until(() => expect(worker.isRunning).toBe(false));
  expect(work(scene)).toMatchObject({ kind: 'failed' });
  await scene.app.command('work.start', {});
  await untilRunning(scene, 'worker');
});

test('stops and says the numbers when the model does not fit, instead of starting the worker again and again', async () => {
  const scene = setUp();
  const worker = await startWorking(scene);
  const message = 'It needs 9.1 GB (parameters 2.0); 4.0 GB are free.';
  worker.say({ kind: 'failed', code: 'SHARD_TOO_LARGE', message });
  worker.exit({ code: 1 });
  await until(() => expect(work(scene).kind).toBe('failed'));
  expect(work(scene)).toEqual({
    kind: 'failed',
    code: 'SHARD_TOO_LARGE',
    message,
    advice: expect.stringContaining('when more memory is free') as unknown,
  });
  expect(scene.logs).toContain(`worker: ${message}`);
  expect(scene.logs.filter((line) => line.includes('starting it again'))).toEqual([]);
  await until(() => expect(scene.host.running('companion-1')).toBeUndefined());
  await scene.app.command('work.start', {});
  await untilRunning(scene, 'worker');
});

test('tells the worker how much memory the card has, once somebody has looked', async () => {
  const scene = setUp();
  const { onLaunch } = scene.host;
  const card = { ...({ id: 'a', vendor: 'nvidia', name: 'A card', driver: null } as const), source: 'test' };
  const numbers = { temperatureCelsius: null, loadPercent: null, powerWatts: null, vramUsedBytes: null };
  const gpu = { ...card, ...numbers, vramBytes: 12e9, unifiedMemory: false, computeClass: 'mid', classReason: '' };
  scene.host.onLaunch = (child) => {
    if (child.entry !== 'hardware-probe') onLaunch(child);
    else child.say({ kind: 'hardware', state: { ...hardwareWithoutProbe('', 0), gpus: [gpu] } });
  };
  await scene.app.start();
  await until(() => expect(scene.app.store.get().hardware).toMatchObject({ gpus: [{ vramBytes: 12e9 }] }));
  await scene.app.command('work.start', {});
  const worker = await untilRunning(scene, 'worker');
  expect(worker.sent[0]).toMatchObject({ vramBytes: 12e9 });
});

test('saves settings, and restarts the worker with its new threads', async () => {
  const scene = setUp();
  const worker = await startWorking(scene);
  const updating = scene.app.command('settings.update', { cpuThreads: 2, theme: 'dark' });
  expect(await updating).toEqual({ ok: true });
  expect(scene.app.store.get().settings).toMatchObject({ theme: 'dark', cpuThreads: 2 });
  await until(() => expect(worker.isRunning).toBe(false));
  expect((await untilRunning(scene, 'worker')).sent[0]).toMatchObject({ threads: 2 });
  expect(existsSync(join(scene.home, 'settings.json'))).toBe(true);
});

test('threads of the command line hold: the setting is saved for later, and the work goes on', async () => {
  const scene = setUp({ threads: 5 });
  const worker = await startWorking(scene);
  expect(scene.app.store.get().fixedThreads).toBe(5);
  expect(worker.sent[0]).toMatchObject({ threads: 5 });
  expect(await scene.app.command('settings.update', { cpuThreads: 2 })).toEqual({ ok: true });
  expect(scene.app.store.get().settings.cpuThreads).toBe(2);
  expect(worker.isRunning).toBe(true);
});

test('tells a running worker its new work share without a restart, and the next one from the start', async () => {
  const scene = setUp();
  const worker = await startWorking(scene);
  expect(await scene.app.command('settings.update', { workShare: 0.4 })).toEqual({ ok: true });
  expect(worker.sent.slice(1)).toEqual([{ kind: 'pace', share: 0.4 }]);
  expect(worker.isRunning).toBe(true);
  await scene.app.command('settings.update', { workShare: 0.4, theme: 'dark' });
  expect(worker.sent, 'nothing new').toHaveLength(2);
  worker.exit({ code: 1 });
  await until(() => expect(work(scene).kind).toBe('restarting'));
  await scene.app.command('settings.update', { workShare: 0.25 });
  expect((await untilRunning(scene, 'worker')).sent).toMatchObject([{ kind: 'start-worker', workShare: 0.25 }]);
});

test('saves a work share also while nothing works, for the next start', async () => {
  const scene = setUp();
  await scene.app.start();
  expect(await scene.app.command('settings.update', { workShare: 0.1 })).toEqual({ ok: true });
  await scene.app.command('work.start', {});
  expect((await untilRunning(scene, 'worker')).sent).toMatchObject([{ kind: 'start-worker', workShare: 0.1 }]);
});

test('a work share of the command line holds: the setting is saved for later, and the pace stays', async () => {
  const scene = setUp({ workShare: 0.3 });
  const worker = await startWorking(scene);
  expect(scene.app.store.get().fixedWorkShare).toBe(0.3);
  expect(await scene.app.command('settings.update', { workShare: 0.5 })).toEqual({ ok: true });
  expect(scene.app.store.get().settings.workShare).toBe(0.5);
  expect(worker.sent).toMatchObject([{ kind: 'start-worker', workShare: 0.3 }]);
});

test('gives the worker the disk space of the settings, and starts it anew with another', async () => {
  const scene = setUp();
  const worker = await startWorking(scene);
  expect(worker.sent).toMatchObject([{ blobQuotaBytes: 16 * 2 ** 30 }]);
  expect(await scene.app.command('settings.update', { diskGiB: 4 })).toEqual({ ok: true });
  await until(() => expect(worker.isRunning).toBe(false));
  expect((await untilRunning(scene, 'worker')).sent).toMatchObject([{ blobQuotaBytes: 4 * 2 ** 30 }]);
});

test('disk space of the command line holds: the setting is saved for later, and the work goes on', async () => {
  const scene = setUp({ diskGiB: 2 });
  const worker = await startWorking(scene);
  expect(scene.app.store.get().fixedDiskGiB).toBe(2);
  expect(await scene.app.command('settings.update', { diskGiB: 64 })).toEqual({ ok: true });
  expect(scene.app.store.get().settings.diskGiB).toBe(64);
  expect(worker.sent).toMatchObject([{ blobQuotaBytes: 2 * 2 ** 30 }]);
  expect(worker.isRunning).toBe(true);
});
