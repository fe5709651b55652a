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
import { openChain } from '#network/devnet/node/open-chain.ts';
import { account } from '#network/devnet/pallets/system.ts';
import { decode } from '#network/devnet/scale/decode.ts';
import { totalIssuance } from '#network/devnet/runtime/issuance.ts';
import { State } from '#network/devnet/runtime/state.ts';
import { storageKey } from '#network/devnet/runtime/storage-key.ts';
import { rao } from '#protocol/units.ts';
import { allEmissions } from '../support/all-emissions.ts';
import { NETUID, owner, testGenesis, testKey, validator } from '../support/chain-fixtures.ts';

const MAIN = new URL('../../src-network/devnet/main.ts', import.meta.url);
const miner = { hot: testKey(90), cold: testKey(91) };
const MONEY = [owner, miner].map(({ cold }) => ({ account: coldkeyOf(cold), amountRao: '7000000000' }));

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
    genesis: testGenesis({ blockMs: 20, tempo: 5, balances: MONEY }),
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

/** Reads the database as a killed process left it: what lies on the accounts is what there is. @returns the number of its head */
function expectBalancedBooks(): number {
  const wished = { name: 'x', chainId: 'x', faucetRao: rao(0), balances: [] };
  const { node, close } = openChain(join(dir, 'chain'), wished, () => {
    throw new Error('The stored chain is gone');
  });
  const state = new State(node.headState);
  const accounts = state.keys(storageKey(account, []));
  expect(accounts.length).toBeGreaterThan(3);
  const sum = accounts.reduce((total, key) => total + decode(account.value, state.raw(key)!).data.free, 0n);
  expect(sum).toBe(state.get(totalIssuance));
  close();
  return node.head.header.number;
}

describe('the chain process', () => {
  it('killed again and again in the middle of its work goes on from its last block, and no rao is lost or paid twice', async () => {
    let head: BlockHeader | undefined;
    let genesisHash: string | undefined;
    let paidBlocks: readonly number[] = [];

    for (let life = 0; life < 5; life += 1) {
      // Another genesis than the stored one must make no difference after the first start.
      const { child, url } = await launch(
        life === 0 ? {} : { genesis: testGenesis({ blockMs: 20, tempo: 3, balances: [] }) },
      );
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
      const paid = (await allEmissions(chain, NETUID, hotkeyOf(miner.hot))).map(({ block }) => block);
      expect(paid.slice(0, paidBlocks.length)).toEqual(paidBlocks);
      paidBlocks = paid;
      await kill(child);
      chain.close();
      expect(expectBalancedBooks()).toBeGreaterThanOrEqual(head.number);
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
      expect(existsSync(join(dir, 'chain', 'devnet.db'))).toBe(true);
      expect(existsSync(join(dir, 'chain', 'devnet.db-wal'))).toBe(false);
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
    const path = join(dir, 'chain', 'devnet.db');
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
