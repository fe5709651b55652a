import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, expect, test, vi } from 'vitest';
import { createApp, type App } from '#main/core/app.ts';
import { ROUND_BLOCKS, TRAIN_BLOCKS } from '#main/core/devnet-genesis.ts';
import { hardwareWithoutProbe } from '#main/core/hardware-scan.ts';
import { isHomeLocked } from '#main/core/home-lock.ts';
import type { WorkState } from '#protocol/contract/state.ts';
import type { ChainStart, WorkerStart } from '#protocol/worker-messages.ts';
import { createMemoryChain, type MemoryChain } from '../../support/memory-chain.ts';
import { createFakeProcessHost, type FakeChild, type FakeProcessHost } from '../fake-process-host.ts';
import { temporaryHome } from '../temporary-home.ts';
import { workerRound } from '../worker-round.ts';

const CHAIN_URL = 'ws://127.0.0.1:45000';
const ROOT = 'a'.repeat(64);

interface Scene {
  readonly home: string;
  readonly app: App;
  readonly host: FakeProcessHost;
  readonly logs: string[];
  chain: MemoryChain | null;
}

/** A whole app whose processes answer as the real ones would, over a chain without a clock. */
function setUp({
  home = temporaryHome(),
  host = createFakeProcessHost(),
  threads,
}: { readonly home?: string; readonly host?: FakeProcessHost; readonly threads?: number } = {}): Scene {
  const logs: string[] = [];
  const scene: Scene = {
    home,
    host,
    logs,
    chain: null,
    app: createApp({
      home,
      host: 'headless',
      version: '1.2.3',
      processes: host,
      nowMs: Date.now,
      cores: 8,
      log: (_, message) => logs.push(message),
      textPath: '/text',
      threads,
      connectChain: () => scene.chain!,
    }),
  };
  host.onLaunch = (child) => {
    if (child.entry === 'chain') {
      scene.chain ??= createMemoryChain((child.sent[0] as ChainStart).genesis);
      child.say({ kind: 'ready', url: CHAIN_URL });
    }
    if (child.entry === 'hardware-probe') child.say({ kind: 'failed', message: 'no tools here' });
  };
  onTestFinished(() => scene.app.stop());
  return scene;
}

const until = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 2, timeout: 5_000 });
const noticeIds = (scene: Scene): readonly string[] => scene.app.store.get().notices.map(({ id }) => id);
const work = (scene: Scene): WorkState => scene.app.store.get().work;

/** Makes blocks until the process runs, because registrations wait for blocks. */
async function untilRunning(scene: Scene, name: string): Promise<FakeChild> {
  await vi.waitFor(
    async () => {
      await scene.chain?.produceBlock();
      expect(scene.host.running(name)).toBeDefined();
    },
    { interval: 2, timeout: 5_000 },
  );
  return scene.host.running(name)!;
}

async function startWorking(scene: Scene): Promise<FakeChild> {
  await scene.app.start();
  expect(await scene.app.command('work.start', {})).toEqual({ ok: true });
  await untilRunning(scene, 'companion-2');
  return untilRunning(scene, 'worker');
}

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
  expect(started).toMatchObject({ kind: 'start-worker', chainUrl: CHAIN_URL, netuid: 3, threads: 4 });
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
    advice: expect.stringContaining('start earning again') as unknown,
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
