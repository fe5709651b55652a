import { readdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runChild } from '#main/headless/child-command.ts';
import type { CommandContext } from '#main/headless/command-context.ts';
import { createOutput } from '#main/headless/output.ts';
import { showStatus } from '#main/headless/status-command.ts';
import { createFakeProcessHost } from '../fake-process-host.ts';
import { temporaryHome } from '../temporary-home.ts';
import { judged, opened, refused, round, settled } from './operator/messages.ts';

type Line = Readonly<Record<string, unknown>> & { readonly event: string };
const NOW_MS = Date.UTC(2026, 10, 27, 12);
const SEED = 'f'.repeat(64);

const configOf = (kind: 'worker' | 'validator', dataDir: string) => ({
  ...{ kind: `start-${kind}`, chainUrl: 'ws://127.0.0.1:9944', netuid: 3, dataDir, hotkeySeedHex: SEED, threads: 2 },
  listenAddress: '/ip4/127.0.0.1/tcp/0',
  ...(kind === 'validator' ? { found: null } : {}),
});

function setUp(kind: 'worker' | 'validator', options: { json?: boolean; metricsPort?: number } = {}) {
  const home = temporaryHome();
  const config = join(home, 'rig.json');
  writeFileSync(config, JSON.stringify(configOf(kind, join(home, 'data'))), { mode: 0o600 });
  const controller = new AbortController();
  const written: string[] = [];
  const host = createFakeProcessHost();
  const context = (json: boolean, lines: string[]): CommandContext => ({
    ...{ version: '1', dist: '/nowhere', processes: host, log: () => undefined, nowMs: () => NOW_MS },
    ...{ output: createOutput(json, (text) => lines.push(text)), interrupted: controller.signal },
  });
  const launched = new Promise<void>((resolve) => (host.onLaunch = () => resolve()));
  const ended = runChild(kind, home, { config, ...options }, context(options.json === true, written));
  return {
    ...{ home, written, launched, ended },
    lines: () => written.map((line) => JSON.parse(line) as Line),
    child: () => host.launched[0]!,
    stop: async () => {
      controller.abort();
      expect(await ended).toBe(130);
    },
    async status(json = false): Promise<string> {
      const lines: string[] = [];
      await showStatus(home, { ...context(json, lines), interrupted: new AbortController().signal });
      return lines.join('');
    },
  };
}

function statusCode(url: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end();
  });
}

test('logs one stamped JSON object a line, and no secret', async () => {
  const scene = setUp('validator', { json: true });
  await scene.launched;
  for (const message of [opened, refused, { kind: 'log', level: 'warning', message: 'careful' }, settled]) {
    scene.child().say(message);
  }
  scene.child().say({ kind: 'vitals', vitals: { peers: 1, blobBytesIn: 0, blobBytesOut: 0, residentBytes: 1 } });
  expect(scene.lines().map(({ level, event }) => [level, event])).toEqual([
    ['info', 'round-opened'],
    ['warning', 'announcement-refused'],
    ['warning', 'log'],
    ['info', 'manifest-settled'],
  ]);
  expect(scene.written[0]).toMatch(/^\{"time":"2026-11-27T12:00:00.000Z","level":"info","event":"round-opened",/);
  expect(scene.written.join('')).not.toContain(SEED);
  await scene.stop();
});

test('writes readable lines without --json', async () => {
  const scene = setUp('worker');
  await scene.launched;
  scene.child().say(round);
  expect(scene.written.join('')).toMatch(
    /^\d\d:\d\d:\d\d {2}round 7 {3}loss 4\.000 {3}30 steps .* reputation 12\.5 {3}good\n$/,
  );
  await scene.stop();
});

test('serves metrics to this machine’s own programs alone, and nothing else without the secret', async () => {
  const scene = setUp('worker', { json: true, metricsPort: 0 });
  await scene.launched;
  scene.child().say(round);
  const url = scene.lines().find(({ event }) => event === 'metrics')!['url'] as string;
  const response = await fetch(url);
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const text = await response.text();
  expect(text).toContain('millrace_rounds_total 1');
  expect(text).toContain('process_cpu_seconds_total');
  expect(await statusCode(url, { Host: 'rebound.example' })).toBe(421);
  expect(await statusCode(url, { Origin: 'http://rebound.example' })).toBe(403);
  expect(await statusCode(url, {}, 'POST')).toBe(405);
  expect(await statusCode(new URL('/status', url).href, {})).toBe(401);
  expect(await statusCode(new URL('/', url).href, {})).toBe(404);
  await scene.stop();
  await expect(fetch(url)).rejects.toThrow();
});

test('names the option when the port of the metrics is taken, and starts nothing', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const scene = setUp('worker', { metricsPort: port });
  await expect(scene.ended).rejects.toMatchObject({
    ...{ code: 'PORT_IN_USE', message: expect.stringContaining('--metrics-port') as string },
  });
  expect(scene.child()).toBeUndefined();
  server.close();
});

test('answers `millrace status` with a table, without metrics too', async () => {
  const scene = setUp('validator');
  await scene.launched;
  for (const message of [{ kind: 'ready', url: null }, opened, refused, judged, settled]) scene.child().say(message);
  const shown = await scene.status();
  expect(shown).toMatch(/rig +settled +7 +1\/2 +0 +1 +1 /);
  expect(shown).toMatch(/7 {2}cccccccc… +dddddddd… +3\.250 +2\/3 +1\.5 s/);
  expect(shown).toMatch(/5Ff1Dvrfkn… +90\.0 +12\.5 +yes +good/);
  expect(JSON.parse(await scene.status(true))).toMatchObject({
    ...{ event: 'status', running: true, members: [{ kind: 'validator', name: 'rig', round: 7, settled: 1 }] },
  });
  await scene.stop();
  expect(readdirSync(join(scene.home, 'operators'))).toEqual([]);
  expect(await scene.status()).toContain('Nothing runs with the data folder');
});

test('status says what to do when nothing runs, and clears away what a killed process has left', async () => {
  const scene = setUp('worker');
  await scene.launched;
  await scene.stop();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const left = join(scene.home, 'operators', '1.json');
  writeFileSync(left, JSON.stringify({ port, ownerSecret: 'x'.repeat(43) }));
  expect(await scene.status()).toContain('millrace run');
  expect(readdirSync(join(scene.home, 'operators'))).toEqual([]);
});

test('a data folder that is a file is said at once, and no process is started', async () => {
  const home = temporaryHome();
  const config = join(home, 'rig.json');
  writeFileSync(config, JSON.stringify(configOf('worker', config)), {
    mode: 0o600,
  });
  const host = createFakeProcessHost();
  const context: CommandContext = {
    ...{ version: '1', dist: '/nowhere', processes: host, log: () => undefined, nowMs: () => NOW_MS },
    ...{ output: createOutput(true, () => undefined), interrupted: new AbortController().signal },
  };
  await expect(runChild('worker', home, { config }, context)).rejects.toMatchObject({ code: 'SETTINGS' });
  expect(host.launched).toEqual([]);
});
