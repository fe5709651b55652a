import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { toHex } from '#protocol/bytes.ts';
import { sealCall } from '#protocol/chain/signed-call.ts';
import { MAX_REQUEST_BYTES, RPC_ERRORS } from '#protocol/chain/wire.ts';
import { check } from '#protocol/envelope.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { genesisSchema, genesisTip } from '#network/chain/genesis.ts';
import { type ChainNode, createChainNode } from '#network/chain/node.ts';
import { type RpcServer, startRpcServer } from '#network/chain/rpc-server.ts';
import { NETUID, testGenesis, testKey } from '../../support/chain-fixtures.ts';
import { createMemoryStore } from '../../support/memory-chain.ts';

let node: ChainNode;
let server: RpcServer;
let logged: string[];
const sockets: WebSocket[] = [];

beforeEach(async () => {
  const start = genesisTip(check(genesisSchema, testGenesis(), 'Genesis'), { nowMs: 1_000, salt: '00' });
  node = createChainNode(start, createMemoryStore(start));
  logged = [];
  server = await startRpcServer(node, 0, (message) => logged.push(message));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await server.close();
});

const portOf = (): string => new URL(server.url).port;
const produce = (): unknown => node.produceBlock({ nowMs: 2_000, salt: '01' });

/** A client as bare as can be: sends text, hands out what comes, message by message. */
async function connect(headers: Record<string, string> = {}): Promise<{
  send(text: string | Uint8Array): void;
  next(): Promise<unknown>;
  readonly closed: Promise<number>;
}> {
  const socket = new WebSocket(server.url, { headers });
  sockets.push(socket);
  const inbox: unknown[] = [];
  const waiting: ((message: unknown) => void)[] = [];
  socket.on('message', (data) => {
    const message: unknown = JSON.parse((data as Buffer).toString());
    const taker = waiting.shift();
    if (taker === undefined) inbox.push(message);
    else taker(message);
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
  });
  return {
    send: (text) => socket.send(text),
    next: () => (inbox.length > 0 ? Promise.resolve(inbox.shift()) : new Promise((resolve) => waiting.push(resolve))),
    closed,
  };
}

const request = (method: string, params: unknown = {}, id: unknown = 1): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params });

async function ask(method: string, params?: unknown): Promise<unknown> {
  const client = await connect();
  client.send(request(method, params));
  return client.next();
}

describe('the chain’s JSON-RPC server', () => {
  it('answers with the id of the request, number or string', async () => {
    const client = await connect();
    client.send(request('chain_head', {}, 'seven'));
    expect(await client.next()).toMatchObject({ jsonrpc: '2.0', id: 'seven', result: { number: 0 } });
  });

  it('pushes new blocks to those who asked, and to no other', async () => {
    const [subscriber, other] = [await connect(), await connect()];
    subscriber.send(request('chain_subscribeBlocks'));
    expect(await subscriber.next()).toMatchObject({ id: 1, result: { number: 0 } });
    const header = produce();
    expect(await subscriber.next()).toEqual({ jsonrpc: '2.0', method: 'chain_newBlock', params: header });
    other.send(request('chain_head'));
    expect(await other.next()).toMatchObject({ id: 1, result: { number: 1 } });
  });

  it('answers a submitted call when a block has it', async () => {
    const client = await connect();
    const call = sealCall(
      { kind: 'register', netuid: NETUID, hotkey: hotkeyOf(testKey(51)) },
      node.tip().genesisHash,
      0,
      testKey(50),
    );
    client.send(request('call_submit', { call: toHex(call) }));
    client.send(request('account_nonce', { account: testKey(50).address }, 2));
    expect(await client.next()).toEqual({ jsonrpc: '2.0', id: 2, result: 1 }); // the waiting call is counted
    produce();
    expect(await client.next()).toEqual({ jsonrpc: '2.0', id: 1, result: { kind: 'included', block: 1 } });
    client.send(request('call_submit', { call: toHex(call) }, 3)); // once more
    client.send(request('chain_head', {}, 4));
    await client.next();
    produce();
    expect(await client.next()).toMatchObject({ id: 3, result: { kind: 'refused', error: 'StaleNonce' } });
  });

  it.each([
    ['an unknown method', request('chain_mint'), RPC_ERRORS.methodNotFound],
    ['a method of every object', request('toString'), RPC_ERRORS.methodNotFound],
    ['a missing parameter', request('chain_block'), RPC_ERRORS.invalidParams],
    ['a wrong parameter', request('chain_block', { number: -1 }), RPC_ERRORS.invalidParams],
    ['an extra parameter', request('chain_head', { verbose: true }), RPC_ERRORS.invalidParams],
    ['an address that is none', request('account_balance', { account: 'me' }), RPC_ERRORS.invalidParams],
    ['hex that is none', request('call_submit', { call: 'xyz' }), RPC_ERRORS.invalidParams],
    ['an oversized call', request('call_submit', { call: '00'.repeat(65_537) }), RPC_ERRORS.invalidParams],
    ['parameters by position', request('chain_block', [1]), RPC_ERRORS.invalidParams],
    ['a batch', `[${request('chain_head')}]`, RPC_ERRORS.invalidRequest],
    ['no version', '{"id":1,"method":"chain_head"}', RPC_ERRORS.invalidRequest],
    ['an id that is an object', request('chain_head', {}, {}), RPC_ERRORS.invalidRequest],
    ['text that is not JSON', '{"jsonrpc"', RPC_ERRORS.parse],
    ['a subnet that does not exist', request('subnet_neurons', { netuid: 2 }), RPC_ERRORS.refused],
  ])('refuses %s with the standard error and serves on', async (_what, text, code) => {
    const client = await connect();
    client.send(text);
    expect(await client.next()).toMatchObject({ jsonrpc: '2.0', error: { code } });
    client.send(request('chain_head', {}, 2));
    expect(await client.next()).toMatchObject({ id: 2, result: { number: 0 } });
  });

  it('names the parameter that is wrong', async () => {
    expect(await ask('chain_block', { number: 'x' })).toMatchObject({
      error: { message: expect.stringContaining('number') as unknown },
    });
  });

  it('refuses binary messages', async () => {
    const client = await connect();
    client.send(new Uint8Array([1, 2, 3]));
    expect(await client.next()).toMatchObject({ error: { code: RPC_ERRORS.invalidRequest } });
  });

  it('does not answer notifications', async () => {
    const client = await connect();
    client.send('{"jsonrpc":"2.0","method":"chain_head"}');
    client.send(request('chain_head', {}, 2));
    expect(await client.next()).toMatchObject({ id: 2 });
  });

  it('cuts off a message that is too large before reading it', async () => {
    const client = await connect();
    client.send('x'.repeat(MAX_REQUEST_BYTES + 1));
    expect(await client.closed).toBe(1009);
  });

  it('refuses another name for this machine in Host: that is DNS rebinding', async () => {
    await expect(connect({ host: `evil.example:${portOf()}` })).rejects.toThrow('403');
    await expect(connect({ host: '127.0.0.1:1' })).rejects.toThrow('403');
    expect(logged).toEqual(['Refused a connection: foreign Host', 'Refused a connection: foreign Host']);
  });

  it('refuses web pages from elsewhere, and takes those of this machine', async () => {
    await expect(connect({ origin: 'https://evil.example' })).rejects.toThrow('403');
    await expect(connect({ origin: 'null' })).rejects.toThrow('403');
    await expect(connect({ origin: 'http://127.0.0.1:3000' })).resolves.toBeDefined();
  });

  it('tells a browser what it is', async () => {
    const response = await fetch(server.url.replace('ws:', 'http:'));
    expect([response.status, await response.text()]).toEqual([426, 'This is a chain: connect by WebSocket.\n']);
  });

  it('says so when its port is in use', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    await expect(startRpcServer(node, port, () => undefined)).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: `Port ${port} on 127.0.0.1 is in use by another program. Stop it, or give the chain another port.`,
    });
    await new Promise((resolve) => blocker.close(resolve));
  });
});
