import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { BlockHeader, ChainClient } from '#protocol/chain/chain-client.ts';
import { createSubtensorClient } from '#protocol/chain/subtensor/subtensor-client.ts';
import type { Uid } from '#protocol/ids.ts';
import { coldkeyOf, hotkeyOf } from '#protocol/keys.ts';
import type { ChainStart, ChildMessage } from '#protocol/worker-messages.ts';
import { balanceOf, type ChainTip, totalBalanceRao } from '#network/chain/state.ts';
import { openChainStore } from '#network/chain/store.ts';
import { NETUID, owner, testGenesis, testKey, validator } from '../support/chain-fixtures.ts';

const MAIN = new URL('../../src-network/chain/main.ts', import.meta.url);
const miner = { hot: testKey(90), cold: testKey(91) };

let dir: string;
const children: ChildProcess[] = [];
const clients: ChainClient[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-chain-'));
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

interface Launched {
  readonly child: ChildProcess;
  readonly answer: Extract<ChildMessage, { kind: 'ready' | 'failed' }>;
  readonly url: string;
}

/** Starts the chain process and waits for its `ready` or `failed`. */
async function launch(changes: Partial<ChainStart> = {}): Promise<Launched> {
  const child = fork(MAIN, { stdio: 'inherit' });
  children.push(child);
  const answer = new Promise<Launched['answer']>((resolve, reject) => {
    child.on('message', (message: ChildMessage) => {
      if (message.kind === 'ready' || message.kind === 'failed') resolve(message);
    });
    child.once('exit', (code) => reject(new Error(`The chain process ended with ${code ?? 'a signal'}, silently`)));
  });
  child.send({
    kind: 'start-chain',
    dataDir: join(dir, 'chain'),
    port: 0,
    genesis: testGenesis({ blockMs: 20, tempo: 5 }),
    ...changes,
  } satisfies ChainStart);
  const first = await answer;
  return { child, answer: first, url: first.kind === 'ready' ? (first.url ?? '') : '' };
}

function clientOf(url: string): ChainClient {
  const client = createSubtensorClient({ endpoints: [url], webSocket: WebSocket });
  clients.push(client);
  return client;
}

const blockAfter = (chain: ChainClient, number: number): Promise<BlockHeader> =>
  new Promise((resolve) => {
    const stop = chain.onBlock((block) => {
      if (block.number <= number) return;
      stop();
      resolve(block);
    });
  });

const exitOf = async (child: ChildProcess): Promise<number | null> =>
  child.exitCode ?? ((await once(child, 'exit')) as [number | null])[0];

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.signalCode === null) await once(child, 'exit');
}

/** Reads the database as a killed process left it: every account must hold what it had at genesis and was paid since. */
function expectBalancedBooks(): ChainTip {
  const store = openChainStore(join(dir, 'chain'), () => {
    throw new Error('The stored chain is gone');
  });
  const holders = [
    { hotkey: hotkeyOf(owner.hot), coldkey: coldkeyOf(owner.cold), atGenesisRao: 7_000_000_000n },
    { hotkey: hotkeyOf(validator.hot), coldkey: coldkeyOf(validator.cold), atGenesisRao: 0n },
    { hotkey: hotkeyOf(miner.hot), coldkey: coldkeyOf(miner.cold), atGenesisRao: 0n },
  ];
  const { state } = store.tip;
  let sumRao = 0n;
  for (const { hotkey, coldkey, atGenesisRao } of holders) {
    const earned = store.emissions(hotkey, 0).map(({ amountRao }) => amountRao);
    sumRao += balanceOf(state, coldkey);
    expect(balanceOf(state, coldkey)).toBe(earned.reduce((total, amount) => total + amount, atGenesisRao));
  }
  expect(totalBalanceRao(state)).toBe(sumRao); // and nobody else has anything
  store.close();
  return store.tip;
}

describe('the chain process', () => {
  it('killed again and again in the middle of its work goes on from its last block, and no rao is lost or paid twice', async () => {
    let head: BlockHeader | undefined;
    let genesisHash: string | undefined;
    let paidBlocks: readonly number[] = [];

    for (let life = 0; life < 5; life += 1) {
      // Another genesis than the stored one must make no difference after the first start.
      const { child, url } = await launch(life === 0 ? {} : { genesis: testGenesis({ tempo: 3, balances: [] }) });
      const chain = clientOf(url);
      const info = await chain.info();
      genesisHash ??= info.genesisHash;
      expect(info).toMatchObject({ genesisHash, blockMs: 20 });
      if (head !== undefined) {
        expect((await chain.head()).number).toBeGreaterThanOrEqual(head.number);
        expect(await chain.block(head.number)).toEqual(head); // what was announced was stored before
      }

      if (life === 0) {
        await chain.submit({ kind: 'register', netuid: NETUID, hotkey: hotkeyOf(miner.hot) }, miner.cold);
        const weights = [{ uid: 1 as Uid, weight: 7 }];
        await chain.submit({ kind: 'set-weights', netuid: NETUID, weights }, validator.hot);
      }
      const fields = [new Uint8Array([life])];
      expect(await chain.submit({ kind: 'set-commitment', netuid: NETUID, fields }, miner.hot)).toMatchObject({
        kind: 'included',
      });
      expect((await chain.commitments(NETUID, null))[0]?.fields).toEqual(fields);

      head = await blockAfter(chain, (await chain.head()).number + 10);
      const paid = (await chain.emissions(NETUID, hotkeyOf(validator.hot), 0)).map(({ block }) => block);
      expect(paid.slice(0, paidBlocks.length)).toEqual(paidBlocks);
      paidBlocks = paid;
      await kill(child);
      chain.close();
      expect(expectBalancedBooks().head.number).toBeGreaterThanOrEqual(head.number);
    }

    expect(paidBlocks.length).toBeGreaterThan(5);
    expect(paidBlocks).toEqual(paidBlocks.map((_, index) => (paidBlocks[0] ?? 0) + 5 * index)); // every epoch, once
  });

  it('stops cleanly on request and on a signal, leaves one file, and starts again', async () => {
    const stops: readonly ((child: ChildProcess) => unknown)[] = [
      (child) => child.send({ kind: 'stop' }),
      (child) => child.kill('SIGTERM'),
      (child) => child.kill('SIGINT'),
    ];
    for (const stop of stops) {
      const { child } = await launch();
      stop(child);
      expect(await exitOf(child)).toBe(0);
      expect(existsSync(join(dir, 'chain', 'chain.db'))).toBe(true);
      expect(existsSync(join(dir, 'chain', 'chain.db-wal'))).toBe(false);
    }
  });

  it('ends by itself when its parent is gone', async () => {
    const { child, url } = await launch();
    const chain = clientOf(url);
    const gone = new Promise<void>((resolve) => {
      chain.onConnection((state) => {
        if (state === 'disconnected') resolve();
      });
    });
    await chain.info();
    child.disconnect();
    expect(await exitOf(child)).toBe(0);
    await gone;
  });

  it('is found again by its clients when it comes back at the same port', async () => {
    const first = await launch();
    const port = Number(new URL(first.url).port);
    const chain = clientOf(first.url);
    const seen: number[] = [];
    chain.onBlock(({ number }) => seen.push(number));
    const before = await blockAfter(chain, 2);
    await kill(first.child);
    const waiting = chain.balance(coldkeyOf(owner.cold)); // asked while nobody is there
    await launch({ port });
    expect(await waiting).toBeGreaterThan(0n);
    const next = await blockAfter(chain, before.number + 5);
    expect(seen).toContain(next.number);
  });

  it('says so when its port is taken, and exits with 1', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    const { child, answer } = await launch({ port });
    expect(answer).toMatchObject({ kind: 'failed', code: 'PORT_IN_USE' });
    expect(await exitOf(child)).toBe(1);
    blocker.close();
  });

  it('says which file is damaged and what to do, and exits with 1', async () => {
    const { child } = await launch();
    child.send({ kind: 'stop' });
    await exitOf(child);
    const path = join(dir, 'chain', 'chain.db');
    writeFileSync(path, 'not a database, though it is long enough to be one'.repeat(100));
    const again = await launch();
    expect(again.answer).toMatchObject({ kind: 'failed', code: 'DATABASE' });
    expect(again.answer.kind === 'failed' && again.answer.message).toContain(path);
    expect(await exitOf(again.child)).toBe(1);
  });

  it('does not share its folder with a second one', async () => {
    await launch();
    const { child, answer } = await launch();
    expect(answer).toMatchObject({ kind: 'failed', code: 'ALREADY_RUNNING' });
    expect(await exitOf(child)).toBe(1);
  });

  it('names the field of a configuration that is wrong, and exits with 1', async () => {
    const { child, answer } = await launch({ genesis: testGenesis({ tempo: 0 }) });
    expect(answer).toMatchObject({ kind: 'failed', code: 'PROTOCOL' });
    expect(answer.kind === 'failed' && answer.message).toContain('genesis.tempo');
    expect(await exitOf(child)).toBe(1);
  });
});
