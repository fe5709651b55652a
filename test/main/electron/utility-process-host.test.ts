import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { ForkOptions, UtilityProcess } from 'electron';
import { expect, test } from 'vitest';
import type { ChildExit } from '#main/core/process-host.ts';
import { createUtilityProcessHost } from '#main/electron/utility-process-host.ts';

class FakeUtilityProcess extends EventEmitter {
  pid: number | undefined;
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly posted: unknown[] = [];
  postMessage(message: unknown): void {
    this.posted.push(message);
  }
  spawned(pid: number): void {
    this.pid = pid;
    this.emit('spawn');
  }
  exited(code: number): void {
    this.pid = undefined;
    this.emit('exit', code);
  }
}

interface SetUp {
  readonly forkError?: Error;
  readonly killError?: Error;
}

function setUp({ forkError, killError }: SetUp = {}) {
  const child = new FakeUtilityProcess();
  const forks: { readonly path: string; readonly args: string[]; readonly options: ForkOptions }[] = [];
  const kills: unknown[][] = [];
  const lines: string[] = [];
  const host = createUtilityProcessHost({
    fork: (path, args, options) => {
      if (forkError) throw forkError;
      forks.push({ path, args, options });
      return child as unknown as UtilityProcess;
    },
    killPid: (...args) => {
      kills.push(args);
      if (killError) throw killError;
    },
    folder: '/dist',
    env: { PATH: '/bin', SECRET_TOKEN: 'x' },
    log: (_level, message) => lines.push(message),
  });
  const handle = host.launch('worker', 'companion-1');
  const exit = new Promise<ChildExit>((resolve) => handle.onExit(resolve));
  return { child, forks, kills, lines, handle, exit };
}

test('starts the built file with a small environment and no arguments', () => {
  const [fork] = setUp().forks;
  expect(fork?.path).toMatch(/[\\/]dist[\\/]worker\.js$/);
  expect(fork?.args).toEqual([]);
  expect(fork?.options).toMatchObject({
    env: { PATH: '/bin' },
    execArgv: ['--max-semi-space-size=1'],
    serviceName: 'Millrace companion-1',
  });
  expect(fork?.options.env).not.toHaveProperty('SECRET_TOKEN');
});

test('passes messages both ways, and none to a process that has ended', () => {
  const { child, handle } = setUp();
  const heard: unknown[] = [];
  handle.onMessage((message) => heard.push(message));
  handle.send({ kind: 'start' });
  child.emit('message', { kind: 'ready' });
  child.exited(0);
  handle.send({ kind: 'stop' });
  expect(heard).toEqual([{ kind: 'ready' }]);
  expect(child.posted).toEqual([{ kind: 'start' }]);
});

test('reports the exit', async () => {
  const { child, exit } = setUp();
  child.exited(3);
  expect(await exit).toEqual({ code: 3, signal: null, error: null });
});

test('a process that cannot be started reports an exit with the reason', async () => {
  const { handle, exit } = setUp({ forkError: new Error('utilityProcess cannot be created before app is ready') });
  handle.send({});
  handle.kill();
  expect(await exit).toMatchObject({ code: null, error: expect.stringContaining('before app is ready') as string });
});

test('kills hard, and nobody twice after the exit', () => {
  const { child, handle, kills } = setUp();
  child.spawned(4711);
  handle.kill();
  child.exited(137);
  handle.kill();
  expect(kills).toEqual([[4711, 'SIGKILL']]);
});

test('a kill before the process is there waits for it', () => {
  const { child, handle, kills } = setUp();
  handle.kill();
  expect(kills).toEqual([]);
  child.spawned(4711);
  expect(kills).toEqual([[4711, 'SIGKILL']]);
});

test('a process that ended before the kill reached it is no error', () => {
  const { child, handle } = setUp({ killError: new Error('ESRCH') });
  child.spawned(4711);
  expect(() => handle.kill()).not.toThrow();
});

test('logs what the process prints, line by line, with its name', async () => {
  const { child, lines } = setUp();
  child.stdout.end('half a ');
  child.stderr.end('warning one\nwarning two\n');
  await new Promise((resolve) => child.stderr.on('end', resolve));
  expect(lines).toEqual(expect.arrayContaining(['companion-1: warning one', 'companion-1: warning two']));
});
