import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, expect, test, vi } from 'vitest';
import { ROUND_BLOCKS, TRAIN_BLOCKS } from '#main/core/devnet-genesis.ts';
import { hardwareWithoutProbe } from '#main/core/hardware-scan.ts';
import { isHomeLocked } from '#main/core/home-lock.ts';
import type { WorkerStart } from '#protocol/worker-messages.ts';
import { type FakeChild } from '../fake-process-host.ts';
import { temporaryHome } from '../temporary-home.ts';
import { workerRound } from '../worker-round.ts';
import { CHAIN_URL, noticeIds, setUp, startWorking, until, untilRunning, work } from './app-scene.ts';

test('starts with the chain alone: nothing trains before the owner wants it', async () => {
  const scene = setUp();
  await scene.app.start();
  await until(() => expect(scene.app.store.get().network.chain).toBe('connected'));
  const { wallet } = scene.app.store.get();
  expect(wallet).toMatchObject({ kind: 'ready', hotkey: expect.stringMatching(/^5/) as unknown });
  await until(() => expect(scene.app.store.get().hardware.kind).toBe('ready'));
  expect(scene.host.launched.map(({ entry }) => entry).sort()).toEqual(['chain', 'hardware-probe']);
  expect(work(scene)).toEqual({ kind: 'stopped' });
});

test('registers itself and the companions, and gives each process its own key', async () => {
  const scene = setUp();
  const worker = await startWorking(scene);
  const started = worker.sent[0] as WorkerStart;
  expect(started).toMatchObject({ kind: 'start-worker', chainUrl: CHAIN_URL, netuid: 3, threads: 4, workShare: 1 });
  expect(scene.host.running('validator')!.sent[0]).toMatchObject({
    kind: 'start-validator',
    found: { textPath: '/text', roundBlocks: ROUND_BLOCKS, trainBlocks: TRAIN_BLOCKS },
  });
  const seeds = ['worker', 'validator', 'companion-1', 'companion-2'].map(
    (name) => (scene.host.running(name)!.sent[0] as WorkerStart).hotkeySeedHex,
  );
  expect(new Set(seeds).size).toBe(4);
  const hotkeys = (await scene.chain!.neurons(3)).map(({ hotkey }) => hotkey);
  expect(hotkeys).toContain(scene.app.store.get().wallet.hotkey);
  expect(hotkeys).toHaveLength(4);
});

test('asks the chain for the same port after a crash, and keeps its address', async () => {
  const scene = setUp();
  await scene.app.start();
  await until(() => expect(scene.app.store.get().network.chain).toBe('connected'));
  scene.host.running('chain')!.exit({ code: 1 });
  const again = await untilRunning(scene, 'chain');
  expect(again.sent[0]).toMatchObject({ kind: 'start-chain', port: 45_000 });
});

test('a chain that cannot be opened ends the work with the reason, until it is repaired', async () => {
  const scene = setUp();
  const { onLaunch } = scene.host;
  const damage = 'The chain database /x/chain.db is damaged.';
  scene.host.onLaunch = (child) => {
    if (child.entry !== 'chain') {
      onLaunch(child);
      return;
    }
    child.say({ kind: 'failed', code: 'DATABASE', message: damage });
    child.exit({ code: 1 });
  };
  await scene.app.start();
  await scene.app.command('work.start', {});
  await until(() => expect(work(scene).kind).toBe('failed'));
  expect(work(scene)).toEqual({
    kind: 'failed',
    code: 'DATABASE',
    message: `The devnet's chain has stopped: ${damage}`,
    advice: expect.stringContaining('Then try again') as unknown,
  });
  expect(noticeIds(scene)).toContain('devnet-chain');

  scene.host.onLaunch = onLaunch;
  await scene.app.command('work.start', {});
  await untilRunning(scene, 'worker');
  expect(noticeIds(scene)).not.toContain('devnet-chain');
});

test('tells the owner when a process of the devnet keeps stopping, until it works again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const scene = setUp();
  await scene.app.start();
  for (let crash = 0; crash < 3; crash += 1) {
    await vi.advanceTimersByTimeAsync(10);
    scene.host.running('chain')!.exit({ code: 1 });
    await vi.advanceTimersByTimeAsync(0);
    if (crash < 2) await vi.advanceTimersByTimeAsync(4_000);
  }
  expect(noticeIds(scene)).toContain('devnet-chain');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(noticeIds(scene)).not.toContain('devnet-chain');
});

test('has the same keys, registration and rounds after a restart', async () => {
  const scene = setUp();
  const worker = await startWorking(scene);
  await until(() => expect(scene.app.store.get().wallet.registered).toBe(true));
  worker.say({ kind: 'round', round: workerRound(2, ROUND_BLOCKS) });
  await scene.app.stop();
  expect(isHomeLocked(scene.home)).toBe(false);

  const second = setUp({ home: scene.home });
  second.chain = scene.chain;
  second.chain!.setConnection('connected');
  await second.app.start();
  expect(second.app.store.get().wallet.hotkey).toBe(scene.app.store.get().wallet.hotkey);
  expect(second.app.store.get().rounds).toEqual(scene.app.store.get().rounds);
  await until(() => expect(second.app.store.get().wallet.registered).toBe(true));
});

test('starts earning by itself when the owner has set it so', async () => {
  const home = temporaryHome();
  writeFileSync(join(home, 'settings.json'), '{"startOnLaunch":true,"cpuThreads":3}');
  const scene = setUp({ home });
  await scene.app.start();
  const worker = await untilRunning(scene, 'worker');
  expect(worker.sent[0]).toMatchObject({ threads: 3 });
});

test('looks for hardware once for all who ask meanwhile, and again for who asks later', async () => {
  const scene = setUp();
  const { onLaunch } = scene.host;
  scene.host.onLaunch = (child) => {
    if (child.entry !== 'hardware-probe') onLaunch(child);
  };
  const probes = (): readonly FakeChild[] => scene.host.launched.filter(({ entry }) => entry === 'hardware-probe');
  const state = hardwareWithoutProbe('none', 0);
  const answer = (): void => scene.host.running('hardware-probe')!.say({ kind: 'hardware', state });
  await scene.app.start();
  const asked = [scene.app.command('hardware.rescan', {}), scene.app.command('hardware.rescan', {})];
  await until(() => expect(probes()[0]!.sent).toEqual([{ kind: 'detect' }]));
  expect(scene.app.store.get().hardware.kind).toBe('detecting');
  answer();
  expect(await Promise.all(asked)).toEqual([{ ok: true }, { ok: true }]);
  expect(probes()).toHaveLength(1);
  expect(scene.app.store.get().hardware.kind).toBe('ready');

  const again = scene.app.command('hardware.rescan', {});
  await until(() => expect(probes()).toHaveLength(2));
  answer();
  expect(await again).toEqual({ ok: true });
});

test('goes on with a damaged settings file and a damaged database, and says so', async () => {
  const home = temporaryHome();
  writeFileSync(join(home, 'settings.json'), '{');
  writeFileSync(join(home, 'ledger.db'), 'garbage'.repeat(1000));
  const scene = setUp({ home });
  await scene.app.start();
  expect(noticeIds(scene)).toEqual(['settings-damaged', 'ledger-damaged']);
  await scene.app.command('notice.dismiss', { id: 'settings-damaged' });
  expect(noticeIds(scene)).not.toContain('settings-damaged');
  expect(noticeIds(scene)).toContain('ledger-damaged');
});

test('starts itself anew when asked, where its host can do so', async () => {
  const restart = vi.fn();
  const withWindow = setUp({ restart });
  await withWindow.app.start();
  expect(await withWindow.app.command('app.restart', {})).toEqual({ ok: true });
  expect(restart).toHaveBeenCalledOnce();

  const headless = setUp();
  await headless.app.start();
  expect(await headless.app.command('app.restart', {})).toMatchObject({ ok: false, code: 'USAGE' });
});

test('refuses a second instance, and leaves the first one alone', async () => {
  const scene = setUp();
  await scene.app.start();
  const second = setUp({ home: scene.home });
  await expect(second.app.start()).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
  expect(second.host.launched).toEqual([]);
  await second.app.stop();
  expect(isHomeLocked(scene.home)).toBe(true);
});

test('a damaged wallet stops the start, and lets go of the folder', async () => {
  const scene = setUp();
  await scene.app.start();
  await scene.app.stop();
  writeFileSync(join(scene.home, 'wallet', 'hotkey.json'), '{}');
  await expect(setUp({ home: scene.home }).app.start()).rejects.toMatchObject({ code: 'SETTINGS' });
  expect(isHomeLocked(scene.home)).toBe(false);
});

test('stops every process, the chain last', async () => {
  const scene = setUp();
  await startWorking(scene);
  const chain = scene.host.running('chain')!;
  const others = scene.host.launched.filter((child) => child.isRunning && child !== chain);
  expect(others.map(({ name }) => name).sort()).toEqual(['companion-1', 'companion-2', 'validator', 'worker']);
  const stopping = scene.app.stop();
  await until(() => expect(others.some((child) => child.isRunning)).toBe(false));
  await stopping;
  await scene.app.stop();
  expect(chain.isRunning).toBe(false);
  expect(scene.host.exits.at(-1)).toBe('chain');
});

test.each([
  ['an unknown name', 'work.explode', {}],
  ['a name from the prototype', 'toString', {}],
  ['no name', undefined, {}],
  ['an unknown key', 'work.start', { now: true }],
  ['a missing payload', 'work.start', undefined],
  ['a wrong type', 'settings.update', { theme: 7 }],
  ['a number out of range', 'settings.update', { cpuThreads: 1e9 }],
  ['less than the least work share', 'settings.update', { workShare: 0.05 }],
  ['more than all of the time', 'settings.update', { workShare: 1.01 }],
  ['no disk space', 'settings.update', { diskGiB: 0 }],
  ['a fraction of disk space', 'settings.update', { diskGiB: 1.5 }],
  ['a work share that is no number', 'settings.update', { workShare: NaN }],
  ['a text that is too long', 'notice.dismiss', { id: 'x'.repeat(101) }],
])('refuses a command with %s', async (_, name, payload) => {
  const scene = setUp();
  await scene.app.start();
  expect(await scene.app.command(name, payload)).toMatchObject({ ok: false, code: 'PROTOCOL' });
  expect(work(scene)).toEqual({ kind: 'stopped' });
});

test('refuses commands before it runs and after it has stopped', async () => {
  const scene = setUp();
  expect(await scene.app.command('work.start', {})).toMatchObject({ ok: false, code: 'NOT_RUNNING' });
  await scene.app.start();
  await scene.app.stop();
  expect(await scene.app.command('work.start', {})).toMatchObject({ ok: false, code: 'NOT_RUNNING' });
});
