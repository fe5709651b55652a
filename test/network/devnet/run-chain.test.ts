/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-argument -- answers of JSON-RPC */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { check } from '#protocol/envelope.ts';
import { addressOf } from '#protocol/keys.ts';
import type { ChildMessage } from '#protocol/worker-messages.ts';
import { chainStartSchema, runChain } from '#network/devnet/run-chain.ts';
import { testGenesis } from '../../support/chain-fixtures.ts';

let dir: string;
const ends: (() => unknown)[] = [];
beforeAll(async () => {
  await cryptoWaitReady();
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-devnet-'));
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  rmSync(dir, { recursive: true, force: true });
});

/** Blocks come when the test says so. */
async function run({ port = 0, dataDir = dir, wallMs = Date.now } = {}) {
  const genesis = testGenesis({ blockMs: 12_000 });
  const start = check(chainStartSchema, { kind: 'start-chain', dataDir, port, genesis }, 'Start');
  let due: (() => void) | null = null;
  const messages: ChildMessage[] = [];
  const timers = { monotonicMs: () => 0, after: (_: number, then: () => void) => ((due = then), () => (due = null)) };
  const devnet = await runChain(start, (message) => messages.push(message), { timers, wallMs });
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (!isStopped) await devnet.stop();
    isStopped = true;
  };
  ends.push(stop);
  const ask = async (method: string, ...params: readonly unknown[]): Promise<any> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const answer = await fetch(devnet.url.replace('ws:', 'http:'), { method: 'POST', body });
    return answer.json();
  };
  return { devnet, messages, ask, stop, block: () => due?.(), isTicking: () => due !== null };
}

it('makes blocks by its clock, says so in its log, and goes on where it was', async () => {
  const first = await run();
  first.block();
  first.block();
  expect((await first.ask('chain_getHeader')).result.number).toBe('0x2');
  await first.stop();
  expect(first.isTicking()).toBe(false);
  const second = await run();
  expect((await second.ask('chain_getHeader')).result.number).toBe('0x2');
  expect(second.messages).toMatchObject([{ kind: 'log', level: 'info' }]);
  expect(JSON.stringify(second.messages)).toContain('at block 2, 12000 ms a block');
});

it('gives whoever asks TAO from the faucet by a normal transfer, and not more than it may', async () => {
  const { ask, block } = await run();
  const account = addressOf(new Uint8Array(32).fill(9));
  expect((await ask('devnet_faucet')).result).toBe('5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY');
  const { result: hash } = await ask('devnet_fund', account, '2000000000');
  expect(hash).toMatch(/^0x[0-9a-f]{64}$/);
  expect((await ask('devnet_fund', account, 1_000_000_000)).error).toBeUndefined();
  block();
  const key = (await ask('state_getKeysPaged', '0x', 1000)).result.find((each: string) =>
    each.endsWith('09'.repeat(32)),
  );
  const { result: stored } = await ask('state_getStorage', key);
  expect(BigInt(`0x${Buffer.from(stored.slice(34, 50), 'hex').reverse().toString('hex')}`)).toBe(3_000_000_000n);
  expect((await ask('devnet_fund', account, '10000000000001')).error.code).toBe(-32602);
  expect((await ask('devnet_fund', account, -1)).error.code).toBe(-32602);
  expect((await ask('devnet_fund', '0x00', 1)).error.code).toBe(-32602);
});

it('begins chains that are all different, each with the subnet of its run', async () => {
  const hashes = new Set<string>();
  for (const name of ['one', 'two']) {
    const { ask } = await run({ dataDir: join(dir, name) });
    hashes.add((await ask('chain_getBlockHash', 0)).result);
    // SubnetInfoRuntimeApi of subnet 1: there is one.
    expect((await ask('state_call', 'SubnetInfoRuntimeApi_get_subnet_info', '0x0100')).result).toMatch(/^0x01/);
    expect((await ask('state_call', 'SubnetInfoRuntimeApi_get_subnet_info', '0x0200')).result).toBe('0x00');
  }
  expect(hashes.size).toBe(2);
});

it('stops and says why when a block cannot be made', async () => {
  const { devnet, block, isTicking } = await run({ wallMs: () => Number.NaN });
  block();
  expect(await devnet.failure).toBeInstanceOf(Error);
  expect(isTicking()).toBe(false);
});

it('leaves no lock behind when its port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  ends.push(() => other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  await expect(run({ port })).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  expect((await (await run()).ask('system_chain')).result).toBe('Millrace devnet');
});
