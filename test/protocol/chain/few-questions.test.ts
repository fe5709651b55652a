import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { BlockHeader, ChainClient } from '#protocol/chain/chain-client.ts';
import { createSubtensorClient } from '#protocol/chain/subtensor/subtensor-client.ts';
import type { RpcMethod } from '#network/devnet/rpc/rpc-method.ts';
import { startTestDevnet, type TestDevnet } from '../../support/devnet.ts';
import { serveOverridden } from '../../support/rpc-override.ts';

const COUNTED = ['chain_getHeader', 'chain_getBlockHash', 'state_getRuntimeVersion', 'state_getStorage', 'state_call'];

let devnet: TestDevnet;
let client: ChainClient;
const ends: (() => unknown)[] = [];
const asked: string[] = [];
const heads: BlockHeader[] = [];
let onHead: () => void = () => undefined;

beforeEach(async () => {
  devnet = await startTestDevnet(null);
  const counting =
    (name: string) =>
    (right: RpcMethod): RpcMethod => {
      return (params, caller) => {
        asked.push(name);
        return right(params, caller);
      };
    };
  const server = await serveOverridden(devnet.node, Object.fromEntries(COUNTED.map((name) => [name, counting(name)])));
  client = createSubtensorClient({ endpoints: [server.url], webSocket: WebSocket });
  client.onBlock((head) => {
    heads.push(head);
    onHead();
  });
  ends.push(() => client.close(), server.close);
  await nextHead();
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  heads.length = 0;
  await devnet.close();
});

/** The newest block that the client tells of, once it has told of it. */
async function nextHead(): Promise<BlockHeader> {
  const told = new Promise<void>((resolve) => {
    onHead = () => {
      if (heads.at(-1)?.number === devnet.node.head.header.number) resolve();
    };
  });
  onHead();
  await told;
  const [head] = heads.slice(-1);
  if (head === undefined) throw new Error('The client has told of no block');
  return head;
}

it('a new block is asked for its time alone, once', async () => {
  asked.length = 0;
  devnet.node.produceBlock(Date.now());
  const head = await nextHead();
  expect(head.timestampMs).toBeGreaterThan(0);
  expect(asked).toEqual(['state_getStorage']);
});

it('the neurons at the newest block are read without asking for its hash or header', async () => {
  devnet.node.produceBlock(Date.now());
  await nextHead();
  asked.length = 0;
  await client.neurons(1);
  expect(asked.toSorted()).toEqual(['state_call', 'state_getRuntimeVersion']);
});
