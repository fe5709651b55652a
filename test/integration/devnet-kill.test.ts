import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ChildMessage } from '#protocol/worker-messages.ts';
import { testGenesis } from '../support/chain-fixtures.ts';

const MAIN = new URL('../../src-network/devnet/main.ts', import.meta.url);

let dir: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-devnet-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

async function launch(): Promise<{ readonly child: ChildProcess; readonly answer: ChildMessage }> {
  const child = fork(MAIN, { stdio: 'inherit' });
  children.push(child);
  const answer = new Promise<ChildMessage>((resolve, reject) => {
    child.on('message', (message: ChildMessage) => {
      if (message.kind === 'ready' || message.kind === 'failed') resolve(message);
    });
    child.once('exit', (code) => reject(new Error(`The devnet ended with ${code ?? 'a signal'}, silently`)));
  });
  child.send({ kind: 'start-chain', dataDir: dir, port: 0, genesis: testGenesis({ blockMs: 10 }) });
  return { child, answer: await answer };
}

interface Told {
  readonly number: number;
  readonly parentHash: string;
}

/** Hears of new blocks, and after so many of them kills the process. @returns what was heard */
async function killAfter(child: ChildProcess, url: string, blocks: number): Promise<readonly Told[]> {
  const told: Told[] = [];
  const socket = new WebSocket(url);
  socket.on('open', () => socket.send('{"id":1,"method":"chain_subscribeNewHeads","params":[]}'));
  socket.on('message', (data: Buffer) => {
    const { params } = JSON.parse(data.toString()) as { params?: { result: { number: string; parentHash: string } } };
    if (params === undefined) return;
    told.push({ number: Number(params.result.number), parentHash: params.result.parentHash });
    if (told.length === blocks) child.kill('SIGKILL');
  });
  socket.on('error', () => undefined); // its other side is killed
  await once(child, 'exit');
  socket.terminate();
  return told;
}

async function ask(url: string, method: string, ...params: readonly unknown[]): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const response = await fetch(url.replace('ws:', 'http:'), { method: 'POST', body });
  return ((await response.json()) as { result: unknown }).result;
}

const urlOf = (answer: ChildMessage): string => {
  if (answer.kind !== 'ready' || answer.url === null) throw new Error(JSON.stringify(answer));
  return answer.url;
};

it('a devnet that is killed again and again has every block that it told of, and goes on after the newest', async () => {
  let genesis: unknown = null;
  let told: readonly Told[] = [];
  for (const blocks of [2, 17, 1, 31]) {
    const { child, answer } = await launch();
    const url = urlOf(answer);
    genesis ??= await ask(url, 'chain_getBlockHash', 0);
    expect(await ask(url, 'chain_getBlockHash', 0)).toBe(genesis);
    for (const { number, parentHash } of told) {
      expect(await ask(url, 'chain_getBlockHash', number - 1)).toBe(parentHash);
      expect(await ask(url, 'chain_getBlockHash', number)).not.toBeNull();
    }
    const newest = told.at(-1)?.number ?? 0;
    told = await killAfter(child, url, blocks);
    expect(told[0]?.number).toBeGreaterThanOrEqual(newest);
  }
});
