import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, expect, test } from 'vitest';
import type { ChildExit, ChildHandle } from '#main/core/process-host.ts';
import { createChildProcessHost } from '#main/headless/child-process-host.ts';
import { temporaryHome } from '../temporary-home.ts';

/** Does what a message says. */
const CHILD = `
process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  if (message.do === 'echo') process.send({ ...message, env: { ...process.env }, argv: process.argv.slice(2) });
  if (message.do === 'print') process.stdout.write(message.text + '\\n', () => process.stderr.write('to stderr'));
  if (message.do === 'exit') process.exit(message.code);
});
`;

interface Child {
  readonly handle: ChildHandle;
  readonly exited: Promise<ChildExit>;
  readonly lines: string[];
  readonly next: () => Promise<unknown>;
}

function launch(entry: 'worker' | 'chain' = 'worker', env: Record<string, string | undefined> = process.env): Child {
  const lines: string[] = [];
  const folder = temporaryHome();
  writeFileSync(join(folder, 'worker.js'), CHILD);
  const host = createChildProcessHost({ folder, env, log: (_, message) => lines.push(message) });
  const handle = host.launch(entry, 'test-child');
  const waiting: ((message: unknown) => void)[] = [];
  handle.onMessage((message) => waiting.shift()?.(message));
  const exited = new Promise<ChildExit>((resolve) => handle.onExit(resolve));
  onTestFinished(async () => {
    handle.kill();
    await exited;
  });
  return { handle, exited, lines, next: () => new Promise((resolve) => waiting.push(resolve)) };
}

test('carries structured data both ways', async () => {
  const { handle, next } = launch();
  const reply = next();
  handle.send({ do: 'echo', bytes: new Uint8Array([1, 2, 3]), map: new Map([['a', 1n]]) });
  expect(await reply).toMatchObject({ bytes: new Uint8Array([1, 2, 3]), map: new Map([['a', 1n]]) });
});

test('gives a child nothing of the environment but what it needs', async () => {
  const { handle, next } = launch('worker', {
    PATH: '/bin',
    HOME: '/root',
    SECRET_TOKEN: 'x',
    NODE_OPTIONS: '--inspect',
  });
  const reply = next();
  handle.send({ do: 'echo' });
  const { env, argv } = (await reply) as { env: Record<string, string>; argv: string[] };
  expect(Object.keys(env).filter((name) => !name.startsWith('NODE_CHANNEL'))).toEqual([
    'PATH',
    'HOME',
    'MALLOC_MMAP_THRESHOLD_',
    'MALLOC_TRIM_THRESHOLD_',
  ]);
  expect(argv).toEqual(['test-child']);
});

test('tells the exit code and the signal', async () => {
  const first = launch();
  first.handle.send({ do: 'exit', code: 7 });
  expect(await first.exited).toEqual({ code: 7, signal: null, error: null });
  const second = launch();
  second.handle.kill();
  expect(await second.exited).toEqual({ code: null, signal: 'SIGKILL', error: null });
  // Both too late, and harmless.
  second.handle.send({ do: 'echo' });
  second.handle.kill();
});

test('reports an entry that does not exist as an exit', async () => {
  const { exited } = launch('chain');
  expect(await exited).toMatchObject({ code: 1 });
});

test('passes what the child prints to the log by lines, and nothing to our own stdout', async () => {
  const { handle, exited, lines } = launch();
  handle.send({ do: 'print', text: `one\ntwo\n${'x'.repeat(5000)}` });
  await expect.poll(() => lines.length, { timeout: 10_000 }).toBe(3);
  handle.send({ do: 'exit', code: 0 });
  await exited;
  await expect.poll(() => lines.length, { timeout: 10_000 }).toBe(4);
  expect(lines.slice(0, 2)).toEqual(['test-child: one', 'test-child: two']);
  expect(lines.slice(2).sort()).toEqual([`test-child: to stderr`, `test-child: ${'x'.repeat(2000)} …`]);
});
