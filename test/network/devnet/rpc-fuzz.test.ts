import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { utf8 } from '#protocol/bytes.ts';
import { randomStream } from '#protocol/random.ts';
import { DevnetNode, type BlockEvents } from '#network/devnet/node/devnet-node.ts';
import { faucetKey } from '#network/devnet/node/faucet.ts';
import { genesisState } from '#network/devnet/node/genesis.ts';
import { rpcMethods } from '#network/devnet/rpc/methods.ts';
import { RPC_CODES } from '#network/devnet/rpc/rpc-error.ts';
import { type RpcServer, startRpcServer } from '#network/devnet/rpc/server.ts';
import { createDevnetRuntime } from '#network/devnet/runtime/devnet-runtime.ts';
import { RUNTIME_APIS } from '#network/devnet/runtime-apis/apis.ts';
import { testGenesis } from '../../support/devnet-genesis.ts';
import { signedTransfers } from '../../support/devnet-transfers.ts';
import { RpcGarbage } from '../../support/rpc-garbage.ts';

const CASES = 10_000;
/** Sent without waiting for answers. */
const AT_ONCE = 100;
const PER_CONNECTION = 1_000;
const EXPECTED_CODES = new Set<number>(Object.values(RPC_CODES).filter((code) => code !== RPC_CODES.internal));

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Knows how many listen to it. */
class CountedNode extends DevnetNode {
  listeners = 0;

  override onBlock(listener: BlockEvents): () => void {
    const end = super.onBlock(listener);
    this.listeners += 1;
    let isOpen = true;
    return () => {
      if (isOpen) this.listeners -= 1;
      isOpen = false;
      end();
    };
  }
}

let node: CountedNode;
let server: RpcServer;
let garbage: RpcGarbage;
let nowMs = 1_800_000_000_000;
const log: string[] = [];

beforeEach(async () => {
  await cryptoWaitReady();
  const rules = { runtime: createDevnetRuntime(), metadataHash: null };
  node = new CountedNode({ rules, genesis: () => genesisState(testGenesis(), () => undefined) });
  for (let block = 0; block < 5; block += 1) node.produceBlock((nowMs += 1));
  const methods = rpcMethods(node, { name: 'Fuzzed devnet', version: '0' });
  log.length = 0;
  server = await startRpcServer({ methods, port: 0, log: (line) => log.push(line) });
  garbage = new RpcGarbage({
    random: randomStream(utf8('rpc fuzz')),
    methods: Object.keys(methods),
    apiMethods: RUNTIME_APIS.flatMap((api) => Object.keys(api.methods).map((method) => `${api.name}_${method}`)),
    transactions: signedTransfers(node.rules, faucetKey(), 4, { firstNonce: 0, amountRao: 1_000_000n }),
    hashes: [0, 1, 2, 3, 4, 5].map((number) => node.blockHash(number)!),
  });
});
afterEach(() => server.close());

interface Answer {
  readonly id?: unknown;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** Throws unless it is what a client may be sent. */
function checkAnswer(answer: Answer, about: string): void {
  if (answer.method !== undefined) return;
  if ('result' in answer === 'error' in answer) throw new Error(`Neither result nor error, or both: ${about}`);
  if (answer.error !== undefined && !EXPECTED_CODES.has(answer.error.code))
    throw new Error(`Code ${answer.error.code} (${answer.error.message}): ${about}`);
}

async function connected(): Promise<WebSocket> {
  const socket = new WebSocket(server.url);
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  return socket;
}

/** Sends all, then a request whose answer says that all were answered. @returns how many answers were errors */
function sendAll(socket: WebSocket, messages: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    let errors = 0;
    socket.removeAllListeners('message').on('message', (data: Buffer) => {
      try {
        const parsed = JSON.parse(data.toString()) as Answer | readonly Answer[];
        for (const answer of Array.isArray(parsed) ? (parsed as readonly Answer[]) : [parsed as Answer]) {
          checkAnswer(answer, messages.map((message) => message.slice(0, 200)).join('\n'));
          if (answer.error !== undefined) errors += 1;
          if (answer.id === 'the last') resolve(errors);
        }
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.removeAllListeners('close').on('close', () => reject(new Error('The server closed the connection')));
    for (const message of messages) socket.send(message);
    socket.send('{"jsonrpc":"2.0","id":"the last","method":"system_chain","params":[]}');
  });
}

/** Closes and waits until the server has seen it. */
async function closed(socket: WebSocket): Promise<void> {
  socket.removeAllListeners('close');
  const ended = new Promise((resolve) => socket.once('close', resolve));
  socket.close();
  await ended;
}

const heapMiB = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

it('answers ten thousand damaged messages with proper errors, and is afterwards as it was', async () => {
  const send = async (cases: number): Promise<number> => {
    let errors = 0;
    for (let sent = 0; sent < cases; sent += PER_CONNECTION) {
      const socket = await connected();
      for (let group = 0; group < PER_CONNECTION; group += AT_ONCE) {
        errors += await sendAll(
          socket,
          Array.from({ length: AT_ONCE }, () => garbage.message()),
        );
        node.produceBlock((nowMs += 1));
      }
      await closed(socket);
    }
    return errors;
  };
  await send(PER_CONNECTION);
  const before = heapMiB();
  const errors = await send(CASES - PER_CONNECTION);
  expect(errors).toBeGreaterThan(CASES / 4);
  await expect.poll(() => node.listeners).toBe(0);
  expect(log).toEqual([]);
  expect(heapMiB() - before).toBeLessThan(24);
  const socket = await connected();
  expect(await sendAll(socket, [])).toBe(0);
  await closed(socket);
}, 120_000);

it.each(['chain_subscribeNewHeads', 'chainHead_v1_follow', 'state_subscribeStorage', 'chain_subscribeAllHeads'])(
  'lets one client have so many subscriptions of %s and no more, and forgets them with it',
  async (method) => {
    const socket = await connected();
    const requests = Array.from({ length: 1_000 }, (_, id) =>
      JSON.stringify({ jsonrpc: '2.0', id, method, params: [] }),
    );
    const errors = await sendAll(socket, requests);
    expect(errors).toBeGreaterThanOrEqual(1_000 - 256);
    expect(node.listeners).toBe(1_000 - errors);
    await closed(socket);
    await expect.poll(() => node.listeners).toBe(0);
  },
);

it.each<[string, RequestInit, number]>([
  ['GET', { method: 'GET' }, 405],
  ['PUT', { method: 'PUT', body: '{}' }, 405],
  ['a form', { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 200],
  ['a picture', { body: new Uint8Array([0x89, 0x50, 0, 255]), headers: { 'content-type': 'image/png' } }, 200],
  ['nothing', { body: '' }, 200],
  ['two megabytes', { body: '['.repeat(2_000_000) }, 413],
  ['a request in no charset', { body: new Uint8Array([0x22, 0xff, 0xfe, 0x22]) }, 200],
])('answers %s over HTTP with its status, and goes on', async (_, init, status) => {
  const url = server.url.replace('ws:', 'http:');
  const response = await fetch(url, { method: 'POST', ...init });
  expect(response.status).toBe(status);
  if (status === 200) {
    const { error } = (await response.json()) as Answer;
    expect([RPC_CODES.parse, RPC_CODES.invalidRequest]).toContain(error?.code);
  }
  const body = '{"jsonrpc":"2.0","id":1,"method":"system_chain"}';
  expect(await (await fetch(url, { method: 'POST', body })).json()).toMatchObject({ result: 'Fuzzed devnet' });
  expect(log).toEqual([]);
});

it('drops a client whose message is too long, and no other', async () => {
  const [honest, rude] = [await connected(), await connected()];
  const dropped = new Promise<number>((resolve) => rude.on('close', resolve));
  rude.on('error', () => undefined).send('x'.repeat(3_000_000));
  expect(await dropped).toBe(1009);
  expect(await sendAll(honest, ['{"jsonrpc":"2.0","id":1,"method":"system_chain"}'])).toBe(0);
  await closed(honest);
});
