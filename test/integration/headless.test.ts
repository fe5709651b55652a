import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Command, endCommands, type Event, millrace as startMillrace } from '../support/millrace-command.ts';
import { listProcesses, processTree, roleOf } from '../support/process-tree.ts';

let home: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'millrace-headless-'));
  env = process.env;
});
afterEach(async () => {
  await endCommands();
  rmSync(home, { recursive: true, force: true });
});

const millrace = (...args: readonly string[]): Command => startMillrace(args, env);

/** Waits until a whole devnet runs below the command, and returns its process ids. */
async function family({ pid }: Command, roles: readonly string[]): Promise<readonly number[]> {
  await expect
    .poll(() => processTree(pid).map(roleOf), { timeout: 60_000, interval: 100 })
    .toEqual(expect.arrayContaining([...roles]));
  return processTree(pid).map((entry) => entry.pid);
}

const ALL = ['main', 'chain', 'validator', 'companion-1', 'companion-2', 'worker'];
const living = (pids: readonly number[]): readonly string[] =>
  listProcesses()
    .filter(({ pid }) => pids.includes(pid))
    .map(roleOf);

test('run: serves the dashboard, refuses a twin, answers status, and Ctrl-C leaves no process', async () => {
  const run = millrace('run', '--home', home, '--json');
  const url = new URL((await run.event('dashboard'))['url'] as string);
  const pids = await family(run, ALL);

  const welcome = await fetch(url, { redirect: 'manual' });
  expect(welcome.status).toBe(303);
  const cookie = welcome.headers.getSetCookie()[0]!.split(';')[0]!;
  const page = await fetch(new URL('/', url), { headers: { cookie } });
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<script');

  const socket = new WebSocket(`ws://${url.host}/ws`, { headers: { cookie, origin: url.origin } });
  await once(socket, 'open');
  socket.send('{"kind":"subscribe"}');
  const [snapshot] = (await once(socket, 'message')) as [Buffer];
  expect(JSON.parse(snapshot.toString())).toMatchObject({
    kind: 'snapshot',
    state: { host: 'headless', wallet: { kind: 'ready' } },
  });

  const twin = await millrace('run', '--home', home, '--json').ended;
  expect(twin.code).toBe(1);
  expect(twin.stderr).toContain(`Millrace is already running with this data folder (${home})`);
  expect(twin.stdout.map((line) => JSON.parse(line) as Event)).toMatchObject([
    { event: 'error', code: 'ALREADY_RUNNING' },
  ]);

  const status = await millrace('status', '--home', home, '--json').ended;
  expect(status.code).toBe(0);
  const answer = JSON.parse(status.stdout[0]!) as { running: boolean; url: string };
  expect(answer.running).toBe(true);
  expect((await fetch(answer.url, { redirect: 'manual' })).status).toBe(303);

  run.kill('SIGINT');
  const { code, stdout } = await run.ended;
  expect(code).toBe(130);
  expect(stdout.every((line) => typeof (JSON.parse(line) as Event).event === 'string')).toBe(true);
  expect(living(pids)).toEqual([]);
  expect(existsSync(join(home, 'dashboard.json'))).toBe(false);

  const after = await millrace('status', '--home', home, '--json').ended;
  expect(JSON.parse(after.stdout[0]!)).toMatchObject({ running: false });
});

test('run: a second signal ends everything at once', async () => {
  const run = millrace('run', '--home', home, '--json', '--no-dashboard');
  const pids = await family(run, ALL);
  run.kill('SIGTERM');
  run.kill('SIGINT');
  expect((await run.ended).code).toBe(130);
  await expect.poll(() => living(pids), { timeout: 10_000 }).toEqual([]);
});

test.skipIf(process.platform !== 'linux')('run: Ctrl-C while nvidia-smi hangs leaves no process', async () => {
  const tools = join(home, 'tools');
  mkdirSync(tools);
  writeFileSync(join(tools, 'nvidia-smi'), '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
  env = { ...process.env, PATH: `${tools}:${process.env['PATH'] ?? ''}` };
  const run = millrace('run', '--home', home, '--json', '--no-dashboard');
  const pids = await family(run, ['main', 'hardware-probe', 'sleep']);
  run.kill('SIGINT');
  expect((await run.ended).code).toBe(130);
  expect(living(pids)).toEqual([]);
});

test('run: children of a main that was killed with -9 end by themselves', async () => {
  const run = millrace('run', '--home', home, '--json', '--no-dashboard');
  const pids = await family(run, ALL);
  run.kill('SIGKILL');
  await expect.poll(() => living(pids), { timeout: 20_000 }).toEqual([]);
});

test('run: a taken port is named, and nothing is left behind', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { code, stderr } = await millrace('run', '--home', home, '--port', String(port)).ended;
  server.close();
  expect(code).toBe(1);
  expect(stderr).toContain(`Port ${port} is in use`);
  expect(stderr).toContain('--port');
  const after = await millrace('status', '--home', home, '--json').ended;
  expect(JSON.parse(after.stdout[0]!)).toMatchObject({ running: false });
});

test('run: a damaged key file stops it with the name of the file', async () => {
  const path = join(home, 'wallet', 'coldkey.json');
  mkdirSync(join(home, 'wallet'));
  writeFileSync(path, '{"version":1');
  const { code, stderr } = await millrace('run', '--home', home).ended;
  expect(code).toBe(1);
  expect(stderr).toContain(path);
});

test('devnet: prints the chain’s address and ends with Ctrl-C', async () => {
  const devnet = millrace('devnet', '--home', home, '--json');
  const { url } = await devnet.event('chain');
  expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
  const pids = await family(devnet, ['chain', 'validator', 'companion-1', 'companion-2']);
  devnet.kill('SIGINT');
  expect((await devnet.ended).code).toBe(130);
  expect(living(pids)).toEqual([]);
});

test('devnet: a taken port of the chain stops it with the reason', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { code, stderr } = await millrace('devnet', '--home', home, '--port', String(port)).ended;
  server.close();
  expect(code).toBe(1);
  expect(stderr).toContain(String(port));
});

test.each([
  ['is missing', null, 0o600, 'cannot be read'],
  ['others may read', '{"kind":"start-worker"}', 0o644, 'chmod 600'],
  ['is not JSON', '{', 0o600, 'not JSON'],
  ['is for something else', '{"kind":"start-validator"}', 0o600, 'start-worker'],
])('worker: refuses a configuration that %s', async (_, text, mode, words) => {
  const path = join(home, 'config.json');
  if (text !== null) {
    writeFileSync(path, text);
    chmodSync(path, mode);
  }
  const { code, stderr } = await millrace('worker', '--config', path).ended;
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});

test('worker: names the field of its configuration that is wrong, and starts nothing', async () => {
  const path = join(home, 'config.json');
  writeFileSync(path, '{"kind":"start-worker","chainUrl":7}', { mode: 0o600 });
  const { code, stderr } = await millrace('worker', '--config', path, '--home', home).ended;
  expect(code).toBe(2);
  expect(stderr).toContain('"chainUrl" must be the address of a node');
});
