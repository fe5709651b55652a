import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ChainCall, ChainClient } from '#protocol/chain/chain-client.ts';
import { connectLiveChain, type LiveChain } from '#protocol/chain/subtensor/live-chain.ts';
import { clientOfChain } from '#protocol/chain/subtensor/subtensor-client.ts';
import { hotkeyOf, keyPairFromSeed } from '#protocol/keys.ts';
import { appendNeuron } from '#network/devnet/pallets/subtensor/neuron-slots.ts';
import { validatorPermit } from '#network/devnet/pallets/subtensor/storage-neurons.ts';
import { totalHotkeyAlpha } from '#network/devnet/pallets/subtensor/storage-stake.ts';
import type { RpcCaller, RpcMethod } from '#network/devnet/rpc/rpc-method.ts';
import type { State } from '#network/devnet/runtime/state.ts';
import { NETUID } from '../../support/devnet-calls.ts';
import { sr25519PairFromUri } from '../../support/devnet-keys.ts';
import { startTestDevnet, type TestDevnet } from '../../support/devnet.ts';
import { serveOverridden } from '../../support/rpc-override.ts';
import { untilBlock } from '../../support/until-block.ts';

const alice = sr25519PairFromUri('//Alice');
const key = (n: number) => keyPairFromSeed(new Uint8Array(32).fill(n));
const [first, staked, second] = [key(1), key(2), key(3)];

/** One neuron with a permit, and one that gets it at the first epoch. */
const withNeurons = (state: State): void => {
  for (const { publicKey } of [first, staked]) {
    appendNeuron(state, { netuid: NETUID, hotkey: publicKey, block: 0 });
    state.set(totalHotkeyAlpha, publicKey, NETUID, 7n);
  }
  state.set(validatorPermit, NETUID, [true, false]);
};

let devnet: TestDevnet;
let live: LiveChain;
let chain: ChainClient;
const ends: (() => unknown)[] = [];
/** What the node was asked for, and what it told of, in characters of JSON. */
const asked: string[] = [];
let told: number[] = [];
let isSilent = false;

const counted =
  (name: string) =>
  (right: RpcMethod): RpcMethod =>
  (params, caller) => {
    asked.push(name);
    return right(params, caller);
  };
/** Counts what is told, and is silent about changes when the test wants it. */
const heard =
  (right: RpcMethod): RpcMethod =>
  (params, caller) => {
    asked.push('state_subscribeStorage');
    const subscribe: RpcCaller['subscribe'] = (method, begin, size) => {
      let isFirst = true;
      return caller.subscribe(
        method,
        (notify) =>
          begin((news) => {
            if (!isFirst && isSilent) return;
            if (!isFirst) told.push(JSON.stringify(news).length);
            isFirst = false;
            notify(news);
          }),
        size,
      );
    };
    return right(params, { ...caller, subscribe });
  };

beforeEach(async () => {
  devnet = await startTestDevnet(50, withNeurons);
  const reads = ['state_queryStorageAt', 'state_call', 'state_getKeysPaged'];
  const server = await serveOverridden(devnet.node, {
    ...Object.fromEntries(reads.map((name) => [name, counted(name)])),
    state_subscribeStorage: heard,
  });
  live = connectLiveChain({ endpoints: [server.url], webSocket: WebSocket, timeoutMs: 5_000 }, () => undefined);
  chain = clientOfChain(live, 20_000);
  ends.push(() => chain.close(), server.close);
  await untilBlock(chain, 0);
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await devnet.close();
  isSilent = false;
});

/** Resolves when the devnet makes no more blocks, which are those until the call is final. */
async function send(call: ChainCall, signer: typeof alice): Promise<void> {
  const outcome = await chain.submit(call, signer);
  if (outcome.kind === 'refused') throw new Error(outcome.message);
  await untilBlock(chain, outcome.block + 2);
}
const register = (pair: typeof alice) => send({ kind: 'register', netuid: NETUID, hotkey: hotkeyOf(pair) }, alice);
const commit = (pair: typeof alice, bytes: Uint8Array) =>
  send({ kind: 'set-commitment', netuid: NETUID, fields: [bytes] }, pair);
const clear = (): void => {
  asked.length = 0;
  told = [];
};

describe('the members of a subnet', () => {
  it('are the neurons, the owner and the commitments that the chain has when it is asked for each of them', async () => {
    await register(second);
    await commit(second, Uint8Array.of(4, 5));
    const [members, neurons] = [await chain.members(NETUID), await chain.neurons(NETUID)];
    expect(members.neurons).toEqual(
      neurons.map(({ uid, hotkey, stakeRao, validatorPermit: permit, registeredAtBlock }) => {
        return { uid, hotkey, stakeRao: permit ? stakeRao : 0n, validatorPermit: permit, registeredAtBlock };
      }),
    );
    expect(members.neurons.map(({ stakeRao }) => stakeRao)).toEqual([7n, 0n, 0n]);
    expect(members.ownerHotkey).toBe((await chain.subnet(NETUID)).ownerHotkey);
    expect(members.commitments).toEqual(await chain.commitments(NETUID, null));
    await expect(chain.members(9)).rejects.toMatchObject({ code: 'CHAIN_REFUSED' });
  });

  it('are asked for once, then the node tells of each change, and of nothing else', async () => {
    await chain.members(NETUID);
    await register(second);
    clear();
    expect((await chain.members(NETUID)).neurons).toHaveLength(3);
    // Of the newcomer's key and registration, then of its commitment; no more.
    expect(asked).toEqual(['state_subscribeStorage', 'state_subscribeStorage']);
    await commit(second, Uint8Array.of(1));
    clear();
    const [one, two] = await Promise.all([chain.members(NETUID), chain.members(NETUID)]);
    expect(one.commitments).toMatchObject([{ hotkey: hotkeyOf(second), fields: [Uint8Array.of(1)] }]);
    expect(two).toBe(one);
    expect(asked).toEqual([]);
    await commit(second, Uint8Array.of(2));
    expect((await chain.members(NETUID)).commitments).toMatchObject([{ fields: [Uint8Array.of(2)] }]);
    expect(told).toHaveLength(1);
    expect(told[0]).toBeLessThan(600);
  });

  it('have a permit, and the stake that counts with it, from the block that gives it', async () => {
    expect((await chain.members(NETUID)).neurons[1]).toMatchObject({ validatorPermit: false, stakeRao: 0n });
    for (let block = 1; block <= 11; block += 1) devnet.node.produceBlock(12_000 * block);
    await untilBlock(chain, 11);
    const [, neuron] = await chain.neurons(NETUID);
    clear();
    expect((await chain.members(NETUID)).neurons[1]).toMatchObject({
      ...{ validatorPermit: true, stakeRao: neuron?.stakeRao ?? null },
    });
    expect(asked).toEqual(['state_subscribeStorage']);
  });

  it('are read anew when blocks were replaced, for what was taken back with them the node does not tell', async () => {
    await register(second);
    await chain.members(NETUID);
    isSilent = true;
    await commit(second, Uint8Array.of(1));
    expect((await chain.members(NETUID)).commitments).toEqual([]);
    live.heads.jumps.set(1);
    expect((await chain.members(NETUID)).commitments).toMatchObject([{ fields: [Uint8Array.of(1)] }]);
  });

  it('are read anew after many blocks, whatever the node has told of', async () => {
    await register(second);
    const head = await untilBlock(chain, 0);
    await chain.members(NETUID);
    isSilent = true;
    await commit(second, Uint8Array.of(1));
    live.heads.best.set({ ...head, number: head.number + 599 });
    expect((await chain.members(NETUID)).commitments).toEqual([]);
    live.heads.best.set({ ...head, number: head.number + 600 });
    expect((await chain.members(NETUID)).commitments).toMatchObject([{ fields: [Uint8Array.of(1)] }]);
  });

  it('are up to date again when the connection was lost', async () => {
    await register(second);
    await chain.members(NETUID);
    isSilent = true;
    await commit(second, Uint8Array.of(1));
    live.connection.leave('the test');
    await expect
      .poll(async () => (await chain.members(NETUID)).commitments)
      .toMatchObject([{ fields: [Uint8Array.of(1)] }]);
  });
});
