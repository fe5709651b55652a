import { describe, expect, it } from 'vitest';
import type { CallOutcome } from '#protocol/chain/chain-client.ts';
import { sealCall } from '../../../support/memory-chain/signed-call.ts';
import type { Uid } from '#protocol/ids.ts';
import { coldkeyOf, hotkeyOf } from '#protocol/keys.ts';
import { NETUID, owner, testGenesis, testKey, validator } from '../../../support/chain-fixtures.ts';
import { MAX_EMISSIONS_PER_PAGE } from '../../../support/memory-chain/node.ts';
import { createMemoryChain } from '../../../support/memory-chain/memory-chain.ts';

const miner = { hot: testKey(80), cold: testKey(81) };
const registerMiner = { kind: 'register', netuid: NETUID, hotkey: hotkeyOf(miner.hot) } as const;

describe('a chain, from registration to pay', () => {
  it('pays a miner whom a validator weighs, to its coldkey, at the epoch after each weighing and no longer', async () => {
    const chain = createMemoryChain(testGenesis());
    const registered = chain.submit(registerMiner, miner.cold);
    await chain.produceBlock();
    expect(await registered).toEqual({ kind: 'included', block: 1 });
    const weigh = { kind: 'set-weights', netuid: NETUID, weights: [{ uid: 1 as Uid, weight: 1 }] } as const;
    const weighed = chain.submit(weigh, validator.hot);
    await chain.produceUntil(10);
    expect(await weighed).toEqual({ kind: 'included', block: 2 });
    const again = chain.submit(weigh, validator.hot);
    await chain.produceUntil(30);
    expect(await again).toEqual({ kind: 'included', block: 11 });

    const { events } = await chain.emissions(NETUID, hotkeyOf(miner.hot), { afterBlock: 0, untilBlock: 30 });
    expect(events.map(({ block, amountRao }) => [block, amountRao])).toEqual([
      [10, 4_100_000_000n],
      [20, 4_100_000_000n],
    ]);
    const newer = await chain.emissions(NETUID, hotkeyOf(miner.hot), { afterBlock: 10, untilBlock: 30 });
    expect(newer.events).toHaveLength(1);
    expect(await chain.balance(coldkeyOf(miner.cold))).toBe(8_200_000_000n);
    expect(await chain.balance(coldkeyOf(validator.cold))).toBe(12_300_000_000n);
    expect(await chain.balance(coldkeyOf(owner.cold))).toBe(7_000_000_000n + 5_400_000_000n);
  });

  it('takes several calls of one signer in one block', async () => {
    const chain = createMemoryChain(testGenesis());
    const outcomes = [90, 91, 92].map((seed) =>
      chain.submit({ ...registerMiner, hotkey: hotkeyOf(testKey(seed)) }, miner.cold),
    );
    await chain.produceBlock();
    expect(await Promise.all(outcomes)).toEqual(Array(3).fill({ kind: 'included', block: 1 }));
  });

  it('does not include the same bytes twice, nor in another chain', async () => {
    const chain = createMemoryChain(testGenesis());
    const bytes = sealCall(registerMiner, chain.node.tip().genesisHash, 0, miner.cold);
    const [first, second] = [chain.node.submit(bytes), chain.node.submit(bytes)];
    await chain.produceBlock();
    expect(await first).toEqual({ kind: 'included', block: 1 });
    expect(await second).toMatchObject({ kind: 'refused', error: 'StaleNonce' });
    const other = createMemoryChain(testGenesis({ tempo: 11 }));
    expect(await other.node.submit(bytes)).toMatchObject({ error: 'BadSignature' });
  });

  it('refuses a forged call at once, without a block', async () => {
    const chain = createMemoryChain(testGenesis());
    expect(await chain.node.submit(new Uint8Array([1, 2, 3]))).toMatchObject({ kind: 'refused', error: 'Malformed' });
  });

  it('goes on from the block before when a block cannot be stored, and keeps the calls', () => {
    const chain = createMemoryChain(testGenesis());
    const outcomes: CallOutcome[] = [];
    void chain.submit(registerMiner, miner.cold).then((outcome) => outcomes.push(outcome));
    const { store } = chain.node;
    const append = store.append.bind(store);
    store.append = () => {
      throw new Error('disk full');
    };
    expect(() => chain.node.produceBlock({ nowMs: 1, salt: '' })).toThrow('disk full');
    expect(chain.node.tip().head.number).toBe(0);
    store.append = append;
    chain.node.produceBlock({ nowMs: 1, salt: '' });
    expect(chain.node.tip().state.neurons).toHaveLength(2);
  });

  it('gives at most a thousand emissions at a time, a page after the other from the newest', async () => {
    const chain = createMemoryChain(testGenesis({ tempo: 1 }));
    await chain.produceUntil(MAX_EMISSIONS_PER_PAGE + 5);
    const range = { afterBlock: 0, untilBlock: MAX_EMISSIONS_PER_PAGE + 5 };
    const first = await chain.emissions(NETUID, hotkeyOf(owner.hot), range);
    expect([first.events.length, first.events[0]?.block, first.afterBlock]).toEqual([MAX_EMISSIONS_PER_PAGE, 6, 5]);
    const rest = await chain.emissions(NETUID, hotkeyOf(owner.hot), { ...range, untilBlock: first.afterBlock });
    expect([rest.events.length, rest.afterBlock]).toEqual([5, 0]);
  });

  it('tells its listeners of each block', async () => {
    const chain = createMemoryChain(testGenesis());
    const seen: number[] = [];
    const stop = chain.onBlock(({ number }) => seen.push(number));
    await chain.produceUntil(3);
    stop();
    await chain.produceBlock();
    expect(seen).toEqual([1, 2, 3]);
  });
});
