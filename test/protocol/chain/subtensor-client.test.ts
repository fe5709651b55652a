import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createSubtensorClient } from '#protocol/chain/subtensor/subtensor-client.ts';
import type { ChainClient, ChainConnection } from '#protocol/chain/chain-client.ts';
import type { Uid } from '#protocol/ids.ts';
import { coldkeyOf, hotkeyOf, keyPairFromSeed } from '#protocol/keys.ts';
import { sr25519PairFromUri } from '../../support/devnet-keys.ts';
import { startRpcServer } from '#network/devnet/rpc/server.ts';
import { rpcMethods } from '#network/devnet/rpc/methods.ts';
import {
  burn,
  commitRevealWeightsEnabled,
  stakeThreshold,
  weightsSetRateLimit,
} from '#network/devnet/pallets/subtensor/storage-parameters.ts';
import type { State } from '#network/devnet/runtime/state.ts';
import { NETUID } from '../../support/devnet-calls.ts';
import { startTestDevnet, type TestDevnet } from '../../support/devnet.ts';
import { untilBlock } from '../../support/until-block.ts';

const alice = sr25519PairFromUri('//Alice');
const key = (n: number) => keyPairFromSeed(new Uint8Array(32).fill(n));
const [miner, stranger] = [key(1), key(2)];

const openWeights = (state: State): void => {
  state.set(commitRevealWeightsEnabled, NETUID, false);
  state.set(weightsSetRateLimit, NETUID, 0n);
  state.set(stakeThreshold, 0n);
};

let devnet: TestDevnet;
let chain: ChainClient;
const ends: (() => unknown)[] = [];

const connect = (...endpoints: readonly string[]): ChainClient => {
  const client = createSubtensorClient({ endpoints, webSocket: WebSocket, timeoutMs: 5_000, submitTimeoutMs: 20_000 });
  ends.push(() => client.close());
  return client;
};

beforeEach(async () => {
  devnet = await startTestDevnet(50, openWeights);
  chain = connect(devnet.url);
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await devnet.close();
});

const register = (hotkey = miner) =>
  chain.submit({ kind: 'register', netuid: NETUID, hotkey: hotkeyOf(hotkey) }, alice);

describe('the client of Subtensor', () => {
  it('knows the chain, its blocks and its subnet', async () => {
    const info = await chain.info();
    expect(info).toMatchObject({ tokenSymbol: 'TAO', blockMs: 12_000 });
    expect(info.genesisHash).toBe((await chain.block(0))?.hash);
    for (const nowMs of [1_000, 13_000, 25_000]) devnet.node.produceBlock(nowMs);
    const head = await untilBlock(chain, 3);
    expect(await chain.block(head.number)).toEqual(head);
    expect(head.timestampMs).toBeGreaterThan((await chain.block(head.number - 1))!.timestampMs);
    expect(await chain.block(1_000_000)).toBeNull();
    expect(await chain.subnet(NETUID)).toEqual({ netuid: NETUID, ownerHotkey: devnet.validator.address, tempo: 10 });
    await expect(chain.subnet(9)).rejects.toMatchObject({ code: 'CHAIN_REFUSED' });
  });

  it('registers, and then finds the neuron', async () => {
    const before = await chain.balance(coldkeyOf(alice));
    const outcome = await register();
    expect(outcome).toMatchObject({ kind: 'included' });
    const [neuron] = await chain.neurons(NETUID);
    expect(neuron).toMatchObject({ uid: 0, hotkey: miner.address, coldkey: alice.address, validatorPermit: false });
    expect(neuron?.registeredAtBlock).toBe(outcome.kind === 'included' ? outcome.block : null);
    expect(before - (await chain.balance(coldkeyOf(alice)))).toBeGreaterThan(900_000_000n);
    expect(await register()).toMatchObject({ kind: 'refused', error: 'HotKeyAlreadyRegisteredInSubNet' });
  });

  it('reads back what was committed, by some and by all', async () => {
    await register();
    const fields = [Uint8Array.of(1, 2, 3), new Uint8Array(128).fill(7), new Uint8Array()];
    const said = await chain.submit({ kind: 'set-commitment', netuid: NETUID, fields }, miner);
    const block = said.kind === 'included' ? said.block : -1;
    const expected = [{ hotkey: hotkeyOf(miner), block, fields }];
    expect(await chain.commitments(NETUID, [hotkeyOf(stranger), hotkeyOf(miner)])).toEqual(expected);
    expect(await chain.commitments(NETUID, null)).toEqual(expected);
    expect(await chain.submit({ kind: 'set-commitment', netuid: NETUID, fields }, stranger)).toMatchObject({
      kind: 'refused',
    });
  });

  it('says in words why it was refused, before a block and in one', async () => {
    const poor = await chain.submit({ kind: 'register', netuid: NETUID, hotkey: hotkeyOf(miner) }, stranger);
    expect(poor).toMatchObject({ kind: 'refused', message: expect.stringContaining('Send some TAO') as string });
    await register();
    const weights = [{ uid: 0 as Uid, weight: 1 }];
    const foreign = await chain.submit({ kind: 'set-weights', netuid: NETUID, weights }, stranger);
    expect(foreign).toMatchObject({ kind: 'refused', message: expect.stringContaining('Register it first') as string });
  });

  it('takes weights back by an empty list', async () => {
    devnet.node.produceBlock(Date.now());
    await register();
    const outcome = await chain.submit({ kind: 'set-weights', netuid: NETUID, weights: [] }, miner);
    expect(outcome).toMatchObject({ kind: 'included' });
  });

  it('sends calls of one account one after the other, and none twice', async () => {
    await register();
    const said = [1, 2, 3].map((n) =>
      chain.submit({ kind: 'set-commitment', netuid: NETUID, fields: [Uint8Array.of(n)] }, miner),
    );
    expect((await Promise.all(said)).map(({ kind }) => kind)).toEqual(['included', 'included', 'included']);
    expect(await chain.commitments(NETUID, null)).toMatchObject([{ fields: [Uint8Array.of(3)] }]);
  });

  it('comes back to the same chain, by another way if need be, and not to another one', async () => {
    const states: ChainConnection[] = [];
    const second = await startRpcServer({
      methods: rpcMethods(devnet.node, { name: 'x', version: '1' }),
      port: 0,
      log: () => undefined,
    });
    const other = await startTestDevnet();
    ends.push(() => other.close());
    const client = connect(second.url, other.url, devnet.url);
    client.onConnection((state) => void states.push(state));
    const { genesisHash } = await client.info();
    devnet.node.produceBlock(1_000);
    await second.close();
    await vi.waitFor(() => expect(states.at(-1)).toBe('connected'), { timeout: 10_000, interval: 5 });
    expect((await client.info()).genesisHash).toBe(genesisHash);
    const { number } = await client.head();
    expect(await client.block(number)).toEqual(await chain.block(number));
  });

  it('finds a chain behind a first endpoint that is none', async () => {
    const hostile = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(hostile, 'listening');
    ends.push(() => hostile.close());
    hostile.on('connection', (socket) =>
      socket.on('message', (data) => {
        const { id, method } = JSON.parse((data as Buffer).toString('utf8')) as { id: number; method: string };
        const result = method === 'chain_getBlockHash' ? `0x${'1'.repeat(64)}` : 'nonsense';
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, result }));
      }),
    );
    const client = connect(`ws://127.0.0.1:${(hostile.address() as AddressInfo).port}`, devnet.url);
    expect((await client.info()).genesisHash).toBe((await chain.info()).genesisHash);
    expect(await client.head()).toEqual(await chain.head());
  });

  it('leaves what is not the chain that is meant, in words, and takes the next', async () => {
    const other = await startTestDevnet();
    ends.push(() => other.close());
    const { genesisHash } = await chain.info();
    const said: (readonly [string, string | null])[] = [];
    const client = createSubtensorClient({
      ...{
        endpoints: ['ws://127.0.0.1:9/key?key', other.url, `${devnet.url}/key`],
        webSocket: WebSocket,
        timeoutMs: 5_000,
      },
      checkGenesis: (found) => (found === genesisHash ? null : 'this is not finney'),
      onEndpoint: (...news) => void said.push(news),
    });
    ends.push(() => client.close());
    expect((await client.info()).genesisHash).toBe(genesisHash);
    expect(said).toEqual([
      [other.url, expect.stringMatching(/^ws:\/\/127\.0\.0\.1:9: .*ECONNREFUSED/)],
      [devnet.url, `${other.url}: this is not finney`],
      [devnet.url, null],
    ]);
  });

  it('leaves an endpoint whose newest block is old, and stays with the last one when all are', async () => {
    const behind = await startTestDevnet(null, openWeights);
    ends.push(() => behind.close());
    behind.node.produceBlock(1_000);
    devnet.node.produceBlock(Date.now());
    const follow = async (endpoints: readonly string[]) => {
      const [used, warnings]: [string[], string[]] = [[], []];
      const client = createSubtensorClient({
        ...{ endpoints, webSocket: WebSocket, timeoutMs: 5_000, warn: (message) => void warnings.push(message) },
        onEndpoint: (endpoint, problem) => problem === null && used.push(endpoint),
      });
      ends.push(() => client.close());
      await vi.waitFor(() => expect(used).toHaveLength(2), { timeout: 10_000, interval: 5 });
      return { client, used, warnings };
    };
    const mended = await follow([behind.url, devnet.url]);
    expect(mended.used).toEqual([behind.url, devnet.url]);
    expect(mended.warnings).toEqual([expect.stringContaining(`${behind.url} is behind: its newest block is`)]);
    expect(await mended.client.head()).toEqual(await chain.head());

    const hopeless = await follow([behind.url, behind.url]);
    behind.node.produceBlock(13_000);
    await vi.waitFor(async () => expect((await hopeless.client.head()).number).toBe(2), { interval: 5 });
    expect(hopeless.used).toHaveLength(2);
    expect(hopeless.warnings).toHaveLength(1);
  });

  it('tells what a registration costs', async () => {
    const dear = await startTestDevnet(null, (state) => state.set(burn, NETUID, 12_345_678n));
    ends.push(() => dear.close());
    expect(await connect(dear.url).registrationPrice(NETUID)).toBe(12_345_678n);
  });

  it('ends at once whatever waits when it is closed', async () => {
    const still = await startTestDevnet(null);
    ends.push(() => still.close());
    const client = connect(still.url);
    const call = { kind: 'register', netuid: NETUID, hotkey: hotkeyOf(miner) } as const;
    const sent = client.submit(call, alice);
    await vi.waitFor(() => expect(still.node.pool.entries).toHaveLength(1), { interval: 5, timeout: 5_000 });
    const said = Promise.allSettled([sent, client.head()]);
    client.close();
    for (const outcome of await said) expect(outcome).toMatchObject({ reason: { code: 'ABORTED' } });
  });

  it('tells that nobody answers, and stops when it is told to', async () => {
    const nobody = createSubtensorClient({ endpoints: ['ws://127.0.0.1:9'], webSocket: WebSocket, timeoutMs: 300 });
    ends.push(() => nobody.close());
    await expect(nobody.info()).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    await expect(nobody.head(AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });
    expect(() => createSubtensorClient({ endpoints: ['http://x'], webSocket: WebSocket })).toThrow(
      'Not a WebSocket URL',
    );
  });
});
