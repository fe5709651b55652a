import { onTestFinished, expect, vi } from 'vitest';
import { createApp, type App, type AppOptions } from '#main/core/app.ts';
import type { ChainTarget } from '#main/core/connect-chain.ts';
import type { NetworkChoice, WorkState } from '#protocol/contract/state.ts';
import type { ChainStart } from '#protocol/worker-messages.ts';
import { createMemoryChain, type MemoryChain } from '../../support/memory-chain/memory-chain.ts';
import { createFakeProcessHost, type FakeChild, type FakeProcessHost } from '../fake-process-host.ts';
import { idleOrderChain } from '../../support/idle-order-chain.ts';
import { temporaryHome } from '../temporary-home.ts';

export const CHAIN_URL = 'ws://127.0.0.1:45000';
export const ROOT = 'a'.repeat(64);

export interface Scene {
  readonly home: string;
  readonly app: App;
  readonly host: FakeProcessHost;
  readonly logs: string[];
  /** Whom the app has connected to, in order. */
  readonly targets: ChainTarget[];
  chain: MemoryChain | null;
}

/** A whole app whose processes answer as the real ones would, over a chain without a clock. */
export function setUp({
  home = temporaryHome(),
  host = createFakeProcessHost(),
  threads,
  workShare,
  diskGiB,
  network,
  otherChain,
  ...keys
}: {
  readonly home?: string;
  readonly host?: FakeProcessHost;
  readonly threads?: number;
  readonly workShare?: number;
  readonly diskGiB?: number;
  readonly network?: NetworkChoice;
  /** What answers at the addresses of another chain than the devnet. */
  readonly otherChain?: MemoryChain;
} & Pick<AppOptions, 'restart' | 'secretBox' | 'walletsFolder' | 'deriveKey'> = {}): Scene {
  const logs: string[] = [];
  const scene: Scene = {
    home,
    host,
    logs,
    chain: null,
    targets: [],
    app: createApp({
      home,
      host: 'headless',
      version: '1.2.3',
      processes: host,
      nowMs: Date.now,
      cores: 8,
      log: (_, message) => logs.push(message),
      textPath: '/text',
      extensionPage: '/extension-page',
      openUrl: () => undefined,
      threads,
      workShare,
      diskGiB,
      network,
      ...keys,
      connectChain: (target) => {
        scene.targets.push(target);
        if (target.endpoints[0] === CHAIN_URL) return { client: scene.chain!, orders: idleOrderChain() };
        otherChain!.setConnection('connected'); // an earlier client of it may have been closed
        return { client: otherChain!, orders: idleOrderChain() };
      },
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

export const until = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 2, timeout: 5_000 });
export const noticeIds = (scene: Scene): readonly string[] => scene.app.store.get().notices.map(({ id }) => id);
export const work = (scene: Scene): WorkState => scene.app.store.get().work;

/** Makes blocks until the process runs, because registrations wait for blocks. */
export async function untilRunning(scene: Scene, name: string): Promise<FakeChild> {
  await vi.waitFor(
    async () => {
      await scene.chain?.produceBlock();
      expect(scene.host.running(name)).toBeDefined();
    },
    { interval: 2, timeout: 5_000 },
  );
  return scene.host.running(name)!;
}

export async function startWorking(scene: Scene): Promise<FakeChild> {
  await scene.app.start();
  expect(await scene.app.command('work.start', {})).toEqual({ ok: true });
  await untilRunning(scene, 'companion-2');
  return untilRunning(scene, 'worker');
}
