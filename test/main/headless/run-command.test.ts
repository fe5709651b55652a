import { existsSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onTestFinished, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { ClientMessage } from '#protocol/contract/commands.ts';
import { isHomeLocked } from '#main/core/home-lock.ts';
import type { CommandContext } from '#main/headless/command-context.ts';
import { askOperators } from '#main/headless/operator/ask-operators.ts';
import { createOutput } from '#main/headless/output.ts';
import { runHeadless } from '#main/headless/run-command.ts';
import { createFakeProcessHost, type FakeProcessHost } from '../fake-process-host.ts';
import { temporaryHome } from '../temporary-home.ts';

interface Scene {
  readonly home: string;
  readonly host: FakeProcessHost;
  readonly context: CommandContext;
  readonly interrupt: () => void;
  readonly events: { readonly event: string; readonly url?: string }[];
}

/** A machine whose chain never answers. */
function setUp(): Scene {
  const controller = new AbortController();
  const events: Scene['events'] = [];
  const host = createFakeProcessHost();
  const output = createOutput(true, (line) => events.push(JSON.parse(line) as Scene['events'][number]));
  return {
    home: temporaryHome(),
    host,
    events,
    interrupt: () => controller.abort(),
    context: {
      version: '1',
      dist: '/nowhere',
      processes: host,
      output,
      log: () => undefined,
      nowMs: Date.now,
      interrupted: controller.signal,
    },
  };
}

const expectNothingLeft = ({ host, home }: Scene): void => {
  expect(host.launched.filter((child) => child.isRunning)).toEqual([]);
  expect(isHomeLocked(home)).toBe(false);
  expect(existsSync(join(home, 'dashboard.json'))).toBe(false);
};

/** What a page of the dashboard does. */
async function command(dashboardUrl: string, message: ClientMessage): Promise<void> {
  const { headers } = await fetch(dashboardUrl, { redirect: 'manual' });
  const { host, origin } = new URL(dashboardUrl);
  const Cookie = headers.get('set-cookie')!.split(';')[0]!;
  const socket = new WebSocket(`ws://${host}/ws`, { headers: { Cookie, Origin: origin } });
  await once(socket, 'open');
  socket.send(JSON.stringify(message));
  const [answer] = (await once(socket, 'message')) as [Buffer];
  expect(JSON.parse(answer.toString())).toMatchObject({ kind: 'reply', reply: { ok: true } });
  socket.close();
}

test('gives up when no round is rewarded for five minutes, and says so', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const scene = setUp();
  const run = runHeadless(scene.home, { dashboard: false, rounds: 1 }, scene.context);
  const failed = expect(run).rejects.toMatchObject({
    code: 'TIMEOUT',
    message: 'No round was rewarded within 5 minutes.',
  });
  await vi.advanceTimersByTimeAsync(299_000);
  expect(scene.host.running('chain')).toBeDefined();
  await vi.advanceTimersByTimeAsync(2_000);
  await failed;
  expectNothingLeft(scene);
});

test('a chain that cannot be opened ends the run at once, with the reason', async () => {
  const scene = setUp();
  scene.host.onLaunch = (child) => {
    if (child.entry !== 'chain') return;
    child.say({ kind: 'failed', code: 'DATABASE', message: 'chain.db is damaged.' });
    child.exit({ code: 1 });
  };
  await expect(runHeadless(scene.home, { dashboard: false, rounds: 1 }, scene.context)).rejects.toMatchObject({
    code: 'DATABASE',
    message: expect.stringContaining('chain.db is damaged.') as unknown,
  });
  expectNothingLeft(scene);
});

test('a rig without a number of rounds waits for ever, until it is interrupted', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const scene = setUp();
  const run = runHeadless(scene.home, { dashboard: false }, scene.context);
  await vi.advanceTimersByTimeAsync(24 * 3_600_000);
  expect(scene.host.running('chain')).toBeDefined();
  scene.interrupt();
  expect(await run).toBe(130);
  expectNothingLeft(scene);
});

test('a home that is a file ends the run before anything is started', async () => {
  const scene = setUp();
  const home = join(scene.home, 'file');
  writeFileSync(home, '');
  await expect(runHeadless(home, { dashboard: false }, scene.context)).rejects.toMatchObject({
    code: 'SETTINGS',
    message: expect.stringContaining(`${home} is a file, not a folder`) as unknown,
  });
  expect(scene.host.launched).toEqual([]);
});

test('an interruption that comes before everything is heard', async () => {
  const scene = setUp();
  scene.interrupt();
  expect(await runHeadless(scene.home, { dashboard: true }, scene.context)).toBe(130);
  expectNothingLeft(scene);
});

test('a port that the user chose and that is taken ends the run with the way out', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const scene = setUp();
  await expect(runHeadless(scene.home, { dashboard: true, port }, scene.context)).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: `Port ${port} is in use by another program; choose one with --port`,
  });
  expectNothingLeft(scene);
});

test('takes a free port when the default one is taken', async () => {
  const server = createServer();
  // Whoever holds 4723 already serves this test as well as we would.
  await new Promise<void>((resolve) => {
    server.once('error', () => resolve());
    server.listen(4723, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  const scene = setUp();
  const run = runHeadless(scene.home, { dashboard: true }, scene.context);
  await vi.waitFor(() => expect(scene.events.some(({ event }) => event === 'dashboard')).toBe(true), { interval: 5 });
  const url = scene.events.find(({ event }) => event === 'dashboard')!.url!;
  expect(new URL(url).port).not.toBe('4723');
  scene.interrupt();
  await run;
});

test('millrace status names no member of the devnet any more when the owner has chosen another chain', async () => {
  const scene = setUp();
  const run = runHeadless(scene.home, { dashboard: true, port: 0 }, scene.context);
  const dashboardUrl = () => scene.events.find(({ event }) => event === 'dashboard')?.url;
  await vi.waitFor(() => expect(dashboardUrl()).toBeDefined(), { interval: 5 });
  const members = async () => (await askOperators(scene.home, new AbortController().signal)).members;
  expect(await members()).toHaveLength(3);
  const choice = { chain: 'custom', customEndpoints: ['ws://127.0.0.1:9'], netuid: 3 } as const;
  await command(dashboardUrl()!, { kind: 'command', id: 1, name: 'settings.update', payload: choice });
  expect(await members()).toEqual([]);
  scene.interrupt();
  await run;
});

test.each([
  ['a subnet without its chain', { netuid: 3 }, '--netuid says which subnet of --chain'],
  ['a chain without its subnet', { chain: 'finney' }, 'Say which subnet of finney trains, with --netuid'],
])('refuses %s, and opens nothing', async (_, options, words) => {
  const scene = setUp();
  const run = runHeadless(scene.home, { dashboard: false, ...options }, scene.context);
  await expect(run).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining(words) as unknown });
  expect(scene.host.launched).toEqual([]);
});
