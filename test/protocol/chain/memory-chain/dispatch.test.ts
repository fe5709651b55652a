import { describe, expect, it } from 'vitest';
import type { ChainCall } from '#protocol/chain/chain-client.ts';
import type { Uid } from '#protocol/ids.ts';
import { hotkeyOf, type KeyPair } from '#protocol/keys.ts';
import { check } from '#protocol/envelope.ts';
import { dispatch, type DispatchResult } from '../../../support/memory-chain/dispatch.ts';
import { genesisSchema, genesisTip } from '../../../support/memory-chain/genesis.ts';
import { type ChainState, MAX_NEURONS, nonceOf } from '../../../support/memory-chain/state.ts';
import { NETUID, owner, testGenesis, testKey, validator } from '../../../support/chain-fixtures.ts';

const miner = { hot: testKey(10), cold: testKey(11) };
const BLOCK = 5;

const start = genesisTip(check(genesisSchema, testGenesis(), 'Genesis'), { nowMs: 1, salt: '00' }).state;
const uid = (value: number): Uid => value as Uid;

function call(state: ChainState, signer: KeyPair, what: ChainCall): DispatchResult {
  return dispatch(state, { signer: signer.address, nonce: nonceOf(state, signer.address), call: what }, BLOCK);
}

function after(state: ChainState, signer: KeyPair, what: ChainCall): ChainState {
  const result = call(state, signer, what);
  if (result.kind === 'refused') throw new Error(result.message);
  return result.state;
}

const register = (pair: KeyPair, netuid = NETUID): ChainCall => ({ kind: 'register', netuid, hotkey: hotkeyOf(pair) });
const weigh = (...pairs: readonly (readonly [number, number])[]): ChainCall => ({
  kind: 'set-weights',
  netuid: NETUID,
  weights: pairs.map(([to, weight]) => ({ uid: uid(to), weight })),
});
const commit = (...fields: readonly Uint8Array[]): ChainCall => ({ kind: 'set-commitment', netuid: NETUID, fields });

const withMiner = after(start, miner.cold, register(miner.hot));

describe('register', () => {
  it('gives the next uid, without stake or permit, at this block', () => {
    expect(withMiner.neurons[1]).toEqual({
      uid: 1,
      hotkey: hotkeyOf(miner.hot),
      coldkey: miner.cold.address,
      stakeRao: 0n,
      validatorPermit: false,
      registeredAtBlock: BLOCK,
      emissionRao: 0n,
      incentive: 0,
    });
  });

  it('costs nothing', () => {
    expect(withMiner.balances).toEqual(start.balances);
  });

  it('refuses a hotkey that its own coldkey has registered', () => {
    expect(call(withMiner, miner.cold, register(miner.hot))).toMatchObject({
      kind: 'refused',
      error: 'HotKeyAlreadyRegisteredInSubNet',
    });
  });

  it('refuses a hotkey of another coldkey, registered or the subnet owner’s', () => {
    for (const taken of [miner.hot, owner.hot]) {
      expect(call(withMiner, testKey(12), register(taken))).toMatchObject({
        kind: 'refused',
        error: 'NonAssociatedColdKey',
      });
    }
  });

  it('lets the owner register the owner’s hotkey', () => {
    expect(after(start, owner.cold, register(owner.hot)).neurons[1]?.hotkey).toBe(hotkeyOf(owner.hot));
  });

  it('refuses when the subnet is full', () => {
    const template = withMiner.neurons[1]!;
    const neurons = Array.from({ length: MAX_NEURONS }, (_, index) => ({ ...template, uid: uid(index) }));
    expect(call({ ...start, neurons }, testKey(12), register(testKey(13)))).toMatchObject({ error: 'SubnetFull' });
  });
});

describe('set-weights', () => {
  it('replaces the validator’s earlier weights, and an empty list takes them back', () => {
    const first = after(withMiner, validator.hot, weigh([1, 10]));
    const second = after(first, validator.hot, weigh([1, 20]));
    expect(second.weights.get(uid(0))).toEqual({ block: BLOCK, entries: [{ uid: 1, weight: 20 }] });
    expect(after(second, validator.hot, weigh()).weights.get(uid(0))?.entries).toEqual([]);
  });

  it('refuses a hotkey that is not registered', () => {
    expect(call(start, testKey(12), weigh([0, 1]))).toMatchObject({ error: 'HotKeyNotRegisteredInSubNet' });
  });

  it('refuses a neuron without a validator permit', () => {
    expect(call(withMiner, miner.hot, weigh([1, 1]))).toMatchObject({ error: 'NeuronNoValidatorPermit' });
  });

  it('refuses a uid that nobody has', () => {
    expect(call(withMiner, validator.hot, weigh([1, 1], [2, 1]))).toMatchObject({ error: 'UidNotFound' });
  });

  it('refuses two weights for one uid', () => {
    expect(call(withMiner, validator.hot, weigh([1, 1], [1, 2]))).toMatchObject({ error: 'Malformed' });
  });
});

describe('set-commitment', () => {
  it('keeps the newest fields and their block', () => {
    const fields = [new Uint8Array(128).fill(1), new Uint8Array(0), new Uint8Array(3)];
    const state = after(withMiner, miner.hot, commit(...fields));
    expect(state.commitments.get(hotkeyOf(miner.hot))).toEqual({
      hotkey: hotkeyOf(miner.hot),
      block: BLOCK,
      fields,
    });
  });

  it('lets the subnet’s owner commit without being a neuron', () => {
    expect(call(start, owner.hot, commit(new Uint8Array(1)))).toMatchObject({ kind: 'applied' });
  });

  it('refuses a hotkey that is not registered', () => {
    expect(call(start, miner.hot, commit())).toMatchObject({ error: 'HotKeyNotRegisteredInSubNet' });
  });

  it('refuses a fourth field', () => {
    const field = new Uint8Array(1);
    expect(call(withMiner, miner.hot, commit(field, field, field, field))).toMatchObject({
      error: 'TooManyFieldsInCommitmentInfo',
    });
  });

  it('refuses a field of 129 bytes and says which', () => {
    expect(call(withMiner, miner.hot, commit(new Uint8Array(1), new Uint8Array(129)))).toMatchObject({
      error: 'FieldTooLarge',
      message: 'Field 1 has 129 bytes; at most 128',
    });
  });
});

describe('every call', () => {
  const calls: readonly (readonly [string, KeyPair, ChainCall])[] = [
    ['register', testKey(12), register(testKey(13))],
    ['set-weights', validator.hot, weigh([1, 1])],
    ['set-commitment', miner.hot, commit()],
  ];

  it.each(calls)('%s is refused for a subnet that does not exist', (_name, signer, what) => {
    expect(call(withMiner, signer, { ...what, netuid: NETUID + 1 } as ChainCall)).toMatchObject({
      error: 'SubnetNotExists',
    });
  });

  it.each(calls)('%s is refused with a nonce that was used or skips one', (_name, signer, what) => {
    const state = after(withMiner, signer, what);
    const next = nonceOf(state, signer.address);
    for (const nonce of [next - 1, next + 1]) {
      const result = dispatch(state, { signer: signer.address, nonce, call: what }, BLOCK);
      expect(result).toMatchObject({ kind: 'refused', error: 'StaleNonce' });
    }
  });

  it.each(calls)('%s counts the nonce of its signer alone', (_name, signer, what) => {
    const state = after(withMiner, signer, what);
    expect(nonceOf(state, signer.address)).toBe(nonceOf(withMiner, signer.address) + 1);
    expect(nonceOf(state, testKey(99).address)).toBe(0);
  });
});
