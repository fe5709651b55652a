import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { toHex } from '#protocol/bytes.ts';
import { trieRoot } from '#network/devnet/runtime/trie-root.ts';
import { startTestDevnet, type TestDevnet } from '../../support/devnet.ts';

let devnet: TestDevnet;

beforeEach(async () => {
  devnet = await startTestDevnet();
});
afterEach(() => devnet.close());

const post = (body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(devnet.url.replace('ws:', 'http:'), { method: 'POST', body, headers });

const ask = async (method: string, ...params: readonly unknown[]): Promise<Readonly<Record<string, unknown>>> =>
  (await (await post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))).json()) as Record<string, unknown>;

it('answers over HTTP too, where nothing can be subscribed', async () => {
  expect(await ask('system_chain')).toEqual({ jsonrpc: '2.0', id: 1, result: 'Millrace devnet' });
  expect(await ask('chain_subscribeNewHeads')).toMatchObject({ error: { message: 'Subscriptions need a WebSocket' } });
});

it.each([
  ['no JSON', '{', -32700],
  ['no request', '7', -32600],
  ['an empty batch', '[]', -32600],
  ['parameters by name', '{"id":1,"method":"system_chain","params":{}}', -32602],
  ['a method of every object', '{"id":1,"method":"constructor","params":[]}', -32601],
  ['a key that is no hex', '{"id":1,"method":"state_getStorage","params":["0xzz"]}', -32602],
  ['a block that there is not', `{"id":1,"method":"state_getStorage","params":["0x00","0x${'11'.repeat(32)}"]}`, 4003],
  ['too many keys', '{"id":1,"method":"state_getKeysPaged","params":["0x",100000]}', -32602],
  ['an extrinsic of nonsense', '{"id":1,"method":"author_submitExtrinsic","params":["0x1284ffff"]}', 1001],
  ['an API that there is not', '{"id":1,"method":"state_call","params":["Core_destroy","0x"]}', 1001],
  ['cut-off input of an API', '{"id":1,"method":"state_call","params":["AccountNonceApi_account_nonce","0x"]}', 1001],
])('answers %s with an error and goes on', async (_, body, code) => {
  expect(await (await post(body)).json()).toMatchObject({ error: { code } });
  expect(await ask('system_chain')).toMatchObject({ result: 'Millrace devnet' });
  expect(devnet.log).toEqual([]);
});

it('reads a key once however often and in whatever case it is asked for, and not too many values at once', async () => {
  const changes = (await ask('state_queryStorageAt', ['0x3A636F6465', '0x3a636f6465', '3a636f6465']))['result'];
  expect(changes).toMatchObject([{ changes: [['0x3a636f6465', expect.stringMatching(/^0x[0-9a-f]+$/)]] }]);
  const { node } = devnet;
  for (let block = 0; block < 20; block += 1) node.produceBlock(1_800_000_000_000 + block);
  const query = (count: number): Promise<Readonly<Record<string, unknown>>> => {
    const keys = Array.from({ length: count }, (_, key) => `0x${(1000 + key).toString(16).padStart(4, '0')}`);
    return ask('state_queryStorage', keys, `0x${node.blockHash(1) ?? ''}`, `0x${node.head.hash}`);
  };
  expect((await query(500))['result']).toHaveLength(20);
  expect(await query(501)).toMatchObject({ error: { code: -32602 } });
});

it('refuses pages of other origins, and other host names', async () => {
  const response = await post('{}', { origin: 'https://example.com' });
  expect(response.status).toBe(403);
  const socket = new WebSocket(devnet.url, { headers: { host: 'example.com' } });
  const [error] = await new Promise<readonly Error[]>((resolve) => socket.on('error', (...args) => resolve(args)));
  expect(error?.message).toContain('403');
});

it('makes blocks whose parents, numbers and state roots follow from one another', () => {
  const { node } = devnet;
  const before = node.head;
  const block = node.produceBlock(1_800_000_000_000);
  expect(toHex(block.header.parentHash)).toBe(before.hash);
  expect(block.header.number).toBe(before.header.number + 1);
  expect(block.header.stateRoot).not.toEqual(before.header.stateRoot);
  expect(node.block(block.hash)?.extrinsics).toHaveLength(1);
});

it("has Substrate's root of an empty state", () => {
  expect(toHex(trieRoot([]))).toBe('03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314');
});
