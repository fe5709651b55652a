import { describe, expect, it } from 'vitest';
import type { Neuron } from '#protocol/chain/chain-client.ts';
import { uint32Bytes } from '#protocol/bytes.ts';
import { check } from '#protocol/envelope.ts';
import type { Coldkey, Hotkey, Uid } from '#protocol/ids.ts';
import { coldkeyOf, hotkeyOf } from '#protocol/keys.ts';
import { type RandomStream, randomStream } from '#protocol/random.ts';
import { rao } from '#protocol/units.ts';
import { isEpochBlock, runEpoch, splitExactly } from '../../../support/memory-chain/emission.ts';
import { genesisSchema, genesisTip } from '../../../support/memory-chain/genesis.ts';
import {
  balanceOf,
  type ChainState,
  MAX_ISSUANCE_RAO,
  totalBalanceRao,
  type ValidatorWeights,
} from '../../../support/memory-chain/state.ts';
import { owner, testGenesis } from '../../../support/chain-fixtures.ts';

const TAO = 1_000_000_000n;
const empty = genesisTip(check(genesisSchema, testGenesis({ validators: [] }), 'Genesis'), {
  nowMs: 1,
  salt: '00',
}).state;

/** Validators have stake, miners have none; names stand for addresses, which these rules never look into. */
function stateOf(stakes: readonly bigint[], weights: Readonly<Record<number, readonly number[]>>): ChainState {
  const neurons = stakes.map((stake, index): Neuron => ({
    uid: index as Uid,
    hotkey: `hot${index}` as Hotkey,
    coldkey: `cold${index}` as Coldkey,
    stakeRao: rao(stake),
    validatorPermit: stake > 0n,
    registeredAtBlock: 0,
    emissionRao: rao(0),
    incentive: 0,
  }));
  const given = Object.entries(weights).map(([from, list]): [Uid, ValidatorWeights] => [
    Number(from) as Uid,
    { block: 9, entries: list.map((weight, to) => ({ uid: to as Uid, weight })) },
  ]);
  return { ...empty, neurons, weights: new Map(given) };
}

const paidTo = (state: ChainState, hotkey: string): bigint =>
  runEpoch(state, 10).emissions.find((event) => event.hotkey === hotkey)?.amountRao ?? 0n;

describe('runEpoch', () => {
  it('pays 18 % to the owner, 41 % to miners by weight and 41 % to validators by stake', () => {
    const state = stateOf([3n * TAO, TAO, 0n, 0n], { 0: [0, 0, 1, 3] });
    expect(paidTo(state, hotkeyOf(owner.hot))).toBe((10n * TAO * 18n) / 100n);
    expect(paidTo(state, 'hot0')).toBe((41n * TAO * 3n) / 40n);
    expect(paidTo(state, 'hot1')).toBe((41n * TAO) / 40n);
    expect(paidTo(state, 'hot2')).toBe((41n * TAO) / 40n);
    expect(paidTo(state, 'hot3')).toBe((41n * TAO * 3n) / 40n);
  });

  it('weighs each validator’s opinion by its stake, however large its numbers', () => {
    const state = stateOf([3n * TAO, TAO, 0n, 0n], { 0: [0, 0, 1, 0], 1: [0, 0, 0, 65_535] });
    expect(paidTo(state, 'hot2')).toBe(3n * paidTo(state, 'hot3'));
  });

  it('ignores weights that validators give to themselves and to each other', () => {
    const selfish = stateOf([TAO, TAO, 0n], { 0: [65_535, 65_535, 1] });
    expect(paidTo(selfish, 'hot2')).toBe((41n * TAO) / 10n);
    expect(runEpoch(selfish, 10).state.neurons.map(({ incentive }) => incentive)).toEqual([0, 0, 1]);
  });

  it('ignores weights of a neuron without a permit', () => {
    expect(paidTo(stateOf([TAO, 0n, 0n], { 1: [0, 0, 5] }), 'hot2')).toBe(0n);
  });

  it('does not issue the miners’ share while nobody gives a miner weight', () => {
    for (const weights of [{}, { 0: [] }, { 0: [0, 0] }, { 0: [9, 0] }]) {
      const state = stateOf([TAO, 0n], weights);
      const issued = totalBalanceRao(runEpoch(state, 10).state) - totalBalanceRao(state);
      expect(issued).toBe((10n * TAO * 59n) / 100n);
    }
  });

  it('pays the owner alone in a subnet without neurons', () => {
    const { emissions } = runEpoch(stateOf([], {}), 10);
    expect(emissions).toEqual([
      {
        block: 10,
        hotkey: hotkeyOf(owner.hot),
        coldkey: coldkeyOf(owner.cold),
        amountAlpha: (10n * TAO * 18n) / 100n,
        amountRao: (10n * TAO * 18n) / 100n,
      },
    ]);
  });

  it('joins what one hotkey earns as owner and as validator into one event', () => {
    const state = stateOf([TAO], {});
    const neuron = { ...state.neurons[0]!, hotkey: hotkeyOf(owner.hot), coldkey: coldkeyOf(owner.cold) };
    const { emissions, state: next } = runEpoch({ ...state, neurons: [neuron] }, 10);
    expect(emissions.map(({ amountRao }) => amountRao)).toEqual([(10n * TAO * 59n) / 100n]);
    expect(next.neurons[0]?.emissionRao).toBe((41n * TAO) / 10n);
  });

  it('counts weights for one epoch: who has stopped being scored is not paid on', () => {
    const state = stateOf([TAO, 0n], { 0: [0, 1] });
    const first = runEpoch(state, 10);
    expect(first.emissions.map(({ hotkey }) => hotkey)).toContain('hot1');
    const second = runEpoch(first.state, 20);
    expect(second.emissions.map(({ hotkey }) => hotkey)).not.toContain('hot1');
  });

  it('remembers emission and incentive of the last epoch only', () => {
    const first = runEpoch(stateOf([TAO, 0n, 0n], { 0: [0, 1, 3] }), 10).state;
    expect(first.neurons.map(({ incentive }) => incentive)).toEqual([0, 0.25, 0.75]);
    const second = runEpoch({ ...first, weights: new Map() }, 20).state;
    expect(second.neurons.map(({ incentive, emissionRao }) => [incentive, emissionRao > 0n])).toEqual([
      [0, true],
      [0, false],
      [0, false],
    ]);
  });

  it('stops at the largest amount that a u64 holds', () => {
    const full = { ...empty, balances: new Map([['rich' as Coldkey, rao(MAX_ISSUANCE_RAO - 100n)]]) };
    const { state } = runEpoch({ ...stateOf([TAO, 0n], { 0: [0, 1] }), balances: full.balances }, 10);
    expect(totalBalanceRao(state)).toBe(MAX_ISSUANCE_RAO);
    expect(runEpoch(state, 20).emissions).toEqual([]);
  });

  it('neither loses nor creates a rao: balances grow by exactly what the events say, in 500 random epochs', () => {
    const random = randomStream(uint32Bytes(7));
    let paidEpochs = 0;
    for (let trial = 0; trial < 500; trial += 1) {
      const state = randomState(random);
      const { state: next, emissions } = runEpoch(state, 10);
      const issued = emissions.reduce((sum, { amountRao }) => sum + amountRao, 0n);
      expect(totalBalanceRao(next)).toBe(totalBalanceRao(state) + issued);
      const due = BigInt(state.parameters.tempo) * state.parameters.emissionPerBlockRao;
      expect(issued).toBeLessThanOrEqual(due);
      if (issued === due) paidEpochs += 1;
      for (const { coldkey } of emissions) {
        const own = emissions.filter((event) => event.coldkey === coldkey);
        const gain = own.reduce((sum, { amountRao }) => sum + amountRao, 0n);
        expect(balanceOf(next, coldkey) - balanceOf(state, coldkey)).toBe(gain);
      }
    }
    expect(paidEpochs).toBeGreaterThan(100); // the case in which every share is issued did occur
  });
});

function randomState(random: RandomStream): ChainState {
  const size = 1 + random.nextBelow(8);
  const stakes = Array.from({ length: size }, () => (random.nextBelow(2) === 0 ? 0n : BigInt(random.nextUint32())));
  const weights: Record<number, number[]> = {};
  for (let from = 0; from < size; from += 1) {
    if (random.nextBelow(4) > 0) weights[from] = Array.from({ length: size }, () => random.nextBelow(65_536));
  }
  const state = stateOf(stakes, weights);
  const emissionPerBlockRao = rao(random.nextUint32());
  return { ...state, parameters: { ...state.parameters, emissionPerBlockRao, tempo: 2 + random.nextBelow(100) } };
}

describe('splitExactly', () => {
  it('gives the rao left over to the largest shares, the lower index first', () => {
    expect(splitExactly(11n, [1n, 2n, 2n, 0n])).toEqual([2n, 5n, 4n, 0n]);
  });

  it('always sums to the total, and gives nothing for nothing', () => {
    const random = randomStream(uint32Bytes(8));
    for (let trial = 0; trial < 1_000; trial += 1) {
      const shares = Array.from({ length: 1 + random.nextBelow(12) }, () => BigInt(random.nextBelow(5)));
      const total = BigInt(random.nextBelow(1_000));
      const parts = splitExactly(total, shares);
      const expected = shares.some((share) => share > 0n) ? total : 0n;
      expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(expected);
      for (const [index, share] of shares.entries()) if (share === 0n) expect(parts[index]).toBe(0n);
    }
  });
});

describe('isEpochBlock', () => {
  it('is every multiple of the tempo after genesis', () => {
    expect([0, 1, 9, 10, 11, 20].map((block) => isEpochBlock(empty, block))).toEqual([
      false,
      false,
      false,
      true,
      false,
      true,
    ]);
  });
});
