import { describe, expect, it } from 'vitest';
import { alpha } from '#protocol/units.ts';
import { runYumaEpoch } from '#network/devnet/yuma/epoch.ts';
import type { NeuronTerms } from '#network/devnet/yuma/neuron.ts';
import { neuron, parameters, uid } from '../../../support/yuma-neurons.ts';

/**
 * Expected values from a Python script of our own that works in exact fractions (fractions.Fraction), straight from the
 * formulas of runYumaEpoch's comment; its essence, with V the stake that votes:
 *
 *   W = [norm(r) for r in masked];  C[j] = min(c for c in scores if sum(V[i] for i if W[i][j] <= c) > 1 - kappa)
 *   Wc = min(W, C);  I = norm(V @ Wc);  D = cols(Wb * V, sum);  B = cols(a*D + (1-a)*cols(oldB, sum), sum)
 *   dividends = norm(B @ I);  pay = floor(x / (sum(I) + sum(dividends)) * E);  u16 = floor(65535 * x)
 *
 * Fixed point loses some 2^−32 for each operation: a u16 may be one lower, amounts agree to eight digits of the whole.
 */
const T = 1_000_000_000n;

function expectU16s(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, index) => {
    expect(Math.abs(value - expected[index]!), `uid ${index}: ${value}, expected ${expected[index]!}`).toBeLessThan(2);
  });
}

function expectAmounts(actual: readonly bigint[], expected: readonly number[]): void {
  actual.forEach((value, index) => {
    expect(Math.abs(Number(value) - expected[index]!)).toBeLessThanOrEqual(
      1 + expected.reduce((a, b) => a + b, 0) / 1e8,
    );
  });
}

const bondsOf = (terms: readonly NeuronTerms[]): readonly Readonly<Record<number, number>>[] =>
  terms.map(({ bonds }) => Object.fromEntries(bonds.map((entry) => [entry.uid, entry.bond])));

describe('runYumaEpoch', () => {
  it('judges disagreement, silence, a newcomer and old bonds as the formulas say', () => {
    const terms = runYumaEpoch({
      block: 10_000,
      lastEpochBlock: 9_640,
      emission: alpha(360n * 820_000_000n),
      parameters: { ...parameters, maxAllowedValidators: 3, stakeThreshold: alpha(100n * T), ownerUid: uid(0) },
      neurons: [
        {
          stake: 5000n * T,
          lastUpdateBlock: 9_900,
          registeredAtBlock: 0,
          validatorPermit: true,
          weights: { 0: 1000, 5: 30_000, 6: 20_000, 7: 10_000 },
          bonds: { 5: 65_535, 6: 30_000 },
        },
        {
          stake: 3000n * T,
          lastUpdateBlock: 9_950,
          registeredAtBlock: 10,
          validatorPermit: true,
          weights: { 4: 5000, 5: 60_000, 6: 1000 },
          bonds: { 5: 20_000, 6: 65_535 },
        },
        {
          stake: 1500n * T,
          lastUpdateBlock: 9_800,
          registeredAtBlock: 20,
          validatorPermit: true,
          weights: { 2: 65_535, 5: 100, 6: 65_535, 7: 500 },
          bonds: { 6: 10_000, 7: 65_535 },
        },
        {
          stake: 900n * T,
          lastUpdateBlock: 4_000,
          registeredAtBlock: 30,
          validatorPermit: true,
          weights: { 6: 65_535 },
          bonds: { 5: 1 },
        },
        { stake: 40n * T, registeredAtBlock: 40, weights: { 5: 65_535 } },
        { registeredAtBlock: 50 },
        { registeredAtBlock: 60 },
        { registeredAtBlock: 9_850 },
      ].map(neuron),
    });
    expect(terms.map(({ active }) => active)).toEqual([true, true, true, false, false, false, false, false]);
    expect(terms.map(({ validatorPermit }) => validatorPermit)).toEqual([
      ...Array<boolean>(3).fill(true),
      ...Array<boolean>(5).fill(false),
    ]);
    expectU16s(
      terms.map(({ stakeWeight }) => stakeWeight),
      [31_507, 18_904, 9_452, 5_671, 0, 0, 0, 0],
    );
    expectU16s(
      terms.map(({ consensus }) => consensus),
      [1_074, 0, 0, 0, 0, 32_230, 21_486, 10_743],
    );
    expectU16s(
      terms.map(({ validatorTrust }) => validatorTrust),
      [65_535, 33_223, 21_586, 21_486, 0, 0, 0, 0],
    );
    expectU16s(
      terms.map(({ incentive }) => incentive),
      [765, 0, 0, 0, 0, 36_777, 20_334, 7_657],
    );
    expectU16s(
      terms.map(({ dividends }) => dividends),
      [42_814, 20_524, 2_195, 0, 0, 0, 0, 0],
    );
    expectAmounts(
      terms.map(({ serverEmission }) => serverEmission),
      [1_724_653_124, 0, 0, 0, 0, 82_831_435_838, 45_797_379_790, 17_246_531_246],
    );
    expectAmounts(
      terms.map(({ validatorEmission }) => validatorEmission),
      [96_427_782_354, 46_226_155_855, 4_945_190_246, 871_542, 0, 0, 0, 0],
    );
    const bonds = bondsOf(terms);
    expect(bonds.map((row) => Object.keys(row).map(Number))).toEqual([
      [0, 5, 6, 7],
      [5, 6],
      [5, 6],
      [],
      [],
      [],
      [],
      [],
    ]);
    expectU16s(Object.values(bonds[0]!), [65_535, 65_535, 38_687, 65_535]);
    expectU16s(Object.values(bonds[1]!), [21_604, 65_535]);
    expectU16s(Object.values(bonds[2]!), [5, 12_602]);
  });

  it('softens the penalty on bonds, and takes the permit from the smallest stake when there is one too many', () => {
    const terms = runYumaEpoch({
      block: 500,
      lastEpochBlock: 0,
      emission: alpha(1_000n * T),
      parameters: {
        ...parameters,
        kappa: 39_321,
        bondsPenalty: 32_768,
        bondsMovingAverage: 975_000,
        maxAllowedValidators: 2,
      },
      neurons: [
        { stake: 6n * T, lastUpdateBlock: 450, registeredAtBlock: 1, validatorPermit: true, weights: { 3: 3, 4: 1 } },
        { stake: 3n * T, lastUpdateBlock: 460, registeredAtBlock: 1, validatorPermit: true, weights: { 3: 1, 4: 1 } },
        { stake: T, lastUpdateBlock: 470, registeredAtBlock: 1, validatorPermit: true, weights: { 4: 1 } },
        { registeredAtBlock: 1 },
        { registeredAtBlock: 1 },
      ].map(neuron),
    });
    expect(terms.map(({ validatorPermit }) => validatorPermit)).toEqual([true, true, false, false, false]);
    expectU16s(
      terms.map(({ consensus }) => consensus),
      [0, 0, 0, 49_151, 16_383],
    );
    expectU16s(
      terms.map(({ validatorTrust }) => validatorTrust),
      [65_535, 49_151, 16_383, 0, 0],
    );
    expectU16s(
      terms.map(({ incentive }) => incentive),
      [0, 0, 0, 46_260, 19_275],
    );
    expectU16s(
      terms.map(({ dividends }) => dividends),
      [43_591, 18_237, 3_706, 0, 0],
    );
    expectAmounts(
      terms.map(({ validatorEmission }) => validatorEmission),
      [332_579_424_524, 139_140_191_825, 28_280_383_650, 0, 0],
    );
    expect(bondsOf(terms)[2]).toEqual({});
    expectU16s(Object.values(bondsOf(terms)[1]!), [21_845, 49_151]);
  });

  it('gives nothing to anybody in a subnet without stake, and takes an empty one', () => {
    const input = { block: 1, lastEpochBlock: 0, emission: alpha(T), parameters };
    expect(runYumaEpoch({ ...input, neurons: [] })).toEqual([]);
    const terms = runYumaEpoch({ ...input, neurons: [neuron({}), neuron({ weights: { 0: 1 } })] });
    expect(terms.map(({ emission }) => emission)).toEqual([0n, 0n]);
    expect(terms.some(({ validatorPermit }) => validatorPermit)).toBe(false);
  });

  it('gives the larger of two equal stakes’ permits to the higher uid, as the chain’s sort does', () => {
    const neurons = [7n, 5n, 5n, 5n].map((stake) => neuron({ stake }));
    const terms = runYumaEpoch({
      block: 1,
      lastEpochBlock: 0,
      emission: alpha(T),
      neurons,
      parameters: { ...parameters, maxAllowedValidators: 2 },
    });
    expect(terms.map(({ validatorPermit }) => validatorPermit)).toEqual([true, false, false, true]);
  });

  it('counts a uid as active up to the block of the cutoff, and not after it', () => {
    const activeAt = (block: number): boolean | undefined =>
      runYumaEpoch({
        block,
        lastEpochBlock: 0,
        emission: alpha(T),
        parameters,
        neurons: [neuron({ lastUpdateBlock: 7 })],
      })[0]?.active;
    expect([activeAt(5_007), activeAt(5_008)]).toEqual([true, false]);
  });

  it('leaves weights and bonds on uids that do not exist out of account', () => {
    const real = { stake: T, validatorPermit: true, lastUpdateBlock: 5 };
    const run = (weights: Record<number, number>, bonds: Record<number, number>): readonly NeuronTerms[] =>
      runYumaEpoch({
        block: 6,
        lastEpochBlock: 3,
        emission: alpha(T),
        parameters,
        neurons: [neuron({ ...real, weights, bonds }), neuron({ registeredAtBlock: 1 })],
      });
    expect(run({ 1: 10, 9: 60_000 }, { 1: 7, 9: 65_535 })).toEqual(run({ 1: 10 }, { 1: 7 }));
  });

  it('voids bonds on whoever registered since the last epoch, and only those', () => {
    const dividendsWhen = (registeredAtBlock: number): readonly number[] =>
      runYumaEpoch({
        block: 1_000,
        lastEpochBlock: 640,
        emission: alpha(T),
        parameters,
        neurons: [
          { stake: T, validatorPermit: true, lastUpdateBlock: 999, weights: { 2: 1 }, bonds: { 2: 65_535 } },
          { stake: T, validatorPermit: true, lastUpdateBlock: 999, weights: { 2: 1 } },
          { registeredAtBlock },
        ].map(neuron),
      }).map(({ dividends }) => dividends);
    expectU16s(dividendsWhen(640), [62_258, 3_276, 0]);
    expectU16s(dividendsWhen(641), [32_767, 32_767, 0]);
  });
});
