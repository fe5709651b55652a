import { describe, expect, it } from 'vitest';
import type { SignedCall } from '../../../support/memory-chain/signed-call.ts';
import { check } from '#protocol/envelope.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { applyBlock, hashOf } from '../../../support/memory-chain/block.ts';
import { genesisSchema, genesisTip } from '../../../support/memory-chain/genesis.ts';
import { stateRootOf } from '../../../support/memory-chain/state-codec.ts';
import { NETUID, testGenesis, testKey } from '../../../support/chain-fixtures.ts';

const genesis = genesisTip(check(genesisSchema, testGenesis({ tempo: 2 }), 'Genesis'), { nowMs: 1_000, salt: '00' });
const registration = (hot: number, nonce: number): SignedCall => ({
  signer: testKey(20).address,
  nonce,
  call: { kind: 'register', netuid: NETUID, hotkey: hotkeyOf(testKey(hot)) },
});

describe('applyBlock', () => {
  it('links each block to its parent and seals number, time, calls and state in its hash', () => {
    const one = applyBlock(genesis, { nowMs: 2_000, salt: '01', calls: [registration(30, 0)] }).tip;
    const two = applyBlock(one, { nowMs: 3_000, salt: '02', calls: [] }).tip;
    expect(two.head).toMatchObject({ number: 2, parentHash: one.head.hash, timestampMs: 3_000 });
    expect(two.head.hash).toBe(hashOf(two.head));
    expect(two.head.stateRoot).toBe(stateRootOf(two.state));
    expect(two.genesisHash).toBe(genesis.head.hash);
  });

  it('has another hash for another time, salt, call or state', () => {
    const base = { nowMs: 2_000, salt: '01', calls: [] };
    const variants = [
      base,
      { ...base, nowMs: 2_001 },
      { ...base, salt: '02' },
      { ...base, calls: [registration(30, 0)] },
    ];
    const hashes = variants.map((inputs) => applyBlock(genesis, inputs).tip.head.hash);
    expect(new Set(hashes).size).toBe(variants.length);
  });

  it('gives the same block for the same inputs', () => {
    const inputs = { nowMs: 2_000, salt: '01', calls: [registration(30, 0)] };
    expect(applyBlock(genesis, inputs)).toEqual(applyBlock(genesis, inputs));
  });

  it('keeps time going forward when the clock is set back', () => {
    expect(applyBlock(genesis, { nowMs: 5, salt: '01', calls: [] }).tip.head.timestampMs).toBe(1_001);
  });

  it('includes calls in order and leaves refused ones out, so that they change nothing', () => {
    const calls = [registration(30, 0), registration(30, 1), registration(31, 1)];
    const block = applyBlock(genesis, { nowMs: 2_000, salt: '01', calls });
    expect(block.outcomes).toMatchObject([
      { kind: 'included', block: 1 },
      { kind: 'refused', error: 'HotKeyAlreadyRegisteredInSubNet' },
      { kind: 'included', block: 1 },
    ]);
    const without = applyBlock(genesis, { nowMs: 2_000, salt: '01', calls: [calls[0]!, calls[2]!] });
    expect(without.tip.head.hash).toBe(block.tip.head.hash);
  });

  it('pays emission in epoch blocks only, after the block’s calls', () => {
    const one = applyBlock(genesis, { nowMs: 2_000, salt: '01', calls: [] });
    expect(one.emissions).toEqual([]);
    const two = applyBlock(one.tip, { nowMs: 3_000, salt: '02', calls: [] });
    expect(two.emissions.map(({ block }) => block)).toEqual([2, 2]);
  });
});

describe('genesis', () => {
  it('makes each chain its own, even of the same settings', () => {
    const settings = check(genesisSchema, testGenesis(), 'Genesis');
    const hashes = ['01', '02'].map((salt) => genesisTip(settings, { nowMs: 1, salt }).genesisHash);
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  it.each([
    ['a tempo of zero', { tempo: 0 }, 'tempo'],
    ['a block time that no machine keeps', { blockMs: 1 }, 'blockMs'],
    ['an amount that is not a number', { emissionPerBlockRao: '1e9' }, 'emissionPerBlockRao'],
    ['an emission beyond reason', { emissionPerBlockRao: '10000000001' }, 'emissionPerBlockRao'],
    ['an address with a wrong checksum', { ownerColdkey: testKey(1).address.replace(/.$/, '1') }, 'ownerColdkey'],
    ['an account twice', { balances: [1, 2].map(() => ({ account: testKey(1).address, amountRao: '1' })) }, 'balances'],
    [
      'more money than a u64 holds',
      { balances: [1, 2].map((seed) => ({ account: testKey(seed).address, amountRao: '18446744073709551615' })) },
      'balances',
    ],
    [
      'a validator twice',
      { validators: [1, 2].map(() => ({ hotkey: testKey(3).address, coldkey: testKey(4).address, stakeAlpha: '1' })) },
      'validators',
    ],
    [
      'the owner’s hotkey under another coldkey',
      { validators: [{ hotkey: testKey(1).address, coldkey: testKey(4).address, stakeAlpha: '1' }] },
      'owner',
    ],
  ])('refuses %s and names the field', (_what, changes, field) => {
    expect(() => check(genesisSchema, { ...testGenesis(), ...changes }, 'Genesis')).toThrow(field);
  });
});
