import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { fromHex } from '#protocol/bytes.ts';
import { type KeyPair, keyPairFromSeed } from '#protocol/keys.ts';
import type { ChildMessage } from '#protocol/worker-messages.ts';
import { createDevnetRuntime } from '#network/devnet/runtime/devnet-runtime.ts';
import type { TransactionRules } from '#network/devnet/runtime/validate.ts';
import { testGenesis } from '../../support/chain-fixtures.ts';
import { signedTransfers } from '../../support/devnet-transfers.ts';

const MAIN = new URL('../../../src-network/devnet/main.ts', import.meta.url);
const BLOCK_MS = 250;
const GRANT_RAO = 1_000_000_000_000n;

export const senders: readonly KeyPair[] = Array.from({ length: 16 }, (_, index) =>
  keyPairFromSeed(new Uint8Array(32).fill(index + 1)),
);

export const loadGenesis = {
  ...{ name: 'Load', chainId: 'load', faucetRao: '1000000000' },
  balances: senders.map(({ address }) => ({ account: address, amountRao: GRANT_RAO.toString() })),
};

export interface LoadSample {
  /** From the first request to the last answer. */
  readonly acceptedPerSecond: number;
  /** From the first request until the last one is in a block. */
  readonly includedPerSecond: number;
}

/** Sends so many signed transfers, one request each, over one WebSocket to a devnet in a process of its own, with its file on disk. */
export async function sendTransfers(count: number): Promise<LoadSample> {
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-devnet-load-'));
  const child = fork(MAIN, { stdio: 'inherit' });
  try {
    const genesis = testGenesis({ blockMs: BLOCK_MS, balances: loadGenesis.balances });
    child.send({ kind: 'start-chain', dataDir, port: 0, genesis });
    const socket = new WebSocket(await readyUrl(child));
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
    try {
      return await load(socket, count);
    } finally {
      socket.terminate();
    }
  } finally {
    child.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function load(socket: WebSocket, count: number): Promise<LoadSample> {
  const rpc = requester(socket);
  const genesisHash = fromHex(String(await rpc.ask('chain_getBlockHash', [0])).slice(2));
  const rules: TransactionRules = { runtime: createDevnetRuntime(), metadataHash: null, genesisHash };
  const each = Math.ceil(count / senders.length);
  const transfers = senders
    .flatMap((pair) => signedTransfers(rules, pair, each, { firstNonce: 0, amountRao: 1_000_000n }))
    .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`);
  await rpc.ask('chain_subscribeNewHeads', []);
  const startMs = performance.now();
  await Promise.all(transfers.map((transfer) => rpc.ask('author_submitExtrinsic', [transfer])));
  const acceptedMs = performance.now();
  while (((await rpc.ask('author_pendingExtrinsics', [])) as readonly unknown[]).length > 0) await rpc.nextHead();
  const includedMs = performance.now();
  return {
    acceptedPerSecond: (1000 * transfers.length) / (acceptedMs - startMs),
    includedPerSecond: (1000 * transfers.length) / (includedMs - startMs),
  };
}

function requester(socket: WebSocket) {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let head = Promise.withResolvers<null>();
  let nextId = 1;
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as { id?: number; result?: unknown; error?: { message: string } };
    if (message.id === undefined) {
      head.resolve(null);
      head = Promise.withResolvers();
      return;
    }
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) asked?.resolve(message.result);
    else asked?.reject(new Error(message.error.message));
  });
  return {
    nextHead: () => head.promise,
    ask: (method: string, params: readonly unknown[]): Promise<unknown> => {
      const id = nextId;
      nextId += 1;
      const asked = Promise.withResolvers<unknown>();
      waiting.set(id, asked);
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
      return asked.promise;
    },
  };
}

const readyUrl = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    child.on('message', (message: ChildMessage) => {
      if (message.kind === 'ready' && message.url !== null) resolve(message.url);
      if (message.kind === 'failed') reject(new Error(message.message));
    });
    child.once('exit', () => reject(new Error('The devnet ended')));
  });
