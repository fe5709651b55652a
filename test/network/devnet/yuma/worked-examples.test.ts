import { describe, expect, it } from 'vitest';
import { uint32Bytes } from '#protocol/bytes.ts';
import { randomStream } from '#protocol/random.ts';
import { alpha } from '#protocol/units.ts';
import { runYumaEpoch } from '#network/devnet/yuma/epoch.ts';
import type { BondEntry, EpochNeuron, NeuronTerms } from '#network/devnet/yuma/neuron.ts';
import {
  asNumber,
  type ExactEpoch,
  type ExactNeuron,
  type ExactRules,
  exactPay,
  exactYuma,
  fraction,
  type Fraction,
  total,
} from '../../../support/exact-yuma.ts';
import { neuron, parameters } from '../../../support/yuma-neurons.ts';

/**
 * Source of every example: opentensor/subtensor, docs/consensus.md, "Consensus policy" (3), "Validator bonding" (4)–(6) and "Reward
 * distribution" (7), first by hand, then by test/support/exact-yuma.ts. Liquid alpha is off: α is bonds_moving_average's alone.
 */
const EMISSION = alpha(1_000_000_000_000);
const KAPPA = fraction(32_767, 65_535);
const TENTH: ExactRules = { kappa: KAPPA, bondsPenalty: fraction(1), alpha: fraction(1, 10) };

type Bonds = readonly (readonly BondEntry[])[];

const chain = (
  neurons: readonly ExactNeuron[],
  bonds: Bonds = [],
  change: Partial<typeof parameters> = {},
): readonly NeuronTerms[] =>
  runYumaEpoch({
    ...{ block: 1_000, lastEpochBlock: 640, emission: EMISSION, parameters: { ...parameters, ...change } },
    neurons: neurons.map(({ stake, votes, weights }, uid): EpochNeuron => ({
      ...neuron({ stake, weights, validatorPermit: votes, lastUpdateBlock: 900 }),
      bonds: bonds[uid] ?? [],
    })),
  });

const validator = (stake: bigint, weights: ExactNeuron['weights']): ExactNeuron => ({ stake, votes: true, weights });
const MINER: ExactNeuron = { stake: 0n, votes: false, weights: {} };

/** u16 are cut, and I32F32 loses some 2^−32 in each operation. */
function expectShares(actual: readonly number[], expected: readonly Fraction[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, uid) => {
    expect(Math.abs(value - 65_535 * asNumber(expected[uid]!)), `uid ${uid}`).toBeLessThan(1.01);
  });
}

function expectSame(terms: readonly NeuronTerms[], exact: ExactEpoch): void {
  expectShares(
    terms.map(({ consensus }) => consensus),
    exact.consensus,
  );
  expectShares(
    terms.map(({ validatorTrust }) => validatorTrust),
    exact.validatorTrust,
  );
  expectShares(
    terms.map(({ incentive }) => incentive),
    exact.incentive,
  );
  expectShares(
    terms.map(({ dividends }) => dividends),
    exact.dividends,
  );
  exactPay(exact, EMISSION).forEach((pay, uid) => {
    const off = Number(terms[uid]!.emission) - asNumber(pay);
    expect(Math.abs(off), `pay of uid ${uid}`).toBeLessThan(Number(EMISSION) / 1e8);
  });
}

const shareOf = (values: readonly Fraction[]): readonly (readonly [bigint, bigint])[] =>
  values.map(({ top, bottom }) => [top, bottom]);

describe('two validators with unequal stake', () => {
  // 3/4 of the stake says 1/2, 1/2; 1/4 says 1/4, 3/4. Of uid 3 at least κ supports 1/2 alone, so 3/4 is cut to it.
  const subnet = [validator(3n, { 2: 1, 3: 1 }), validator(1n, { 2: 1, 3: 3 }), MINER, MINER];

  it('by hand: consensus 1/2 each, ranks 7/16 and 1/2, the cut weight buys no bond', () => {
    const exact = exactYuma(subnet, null, TENTH);
    expect(shareOf(exact.consensus.slice(2))).toEqual([
      [1n, 2n],
      [1n, 2n],
    ]);
    expect(shareOf(exact.validatorTrust.slice(0, 2))).toEqual([
      [1n, 1n],
      [3n, 4n],
    ]);
    expect(shareOf(exact.incentive.slice(2))).toEqual([
      [7n, 15n],
      [8n, 15n],
    ]);
    // B = 6/7, 1/7 on uid 2 and 3/4, 1/4 on uid 3: D = 6/15 + 6/15 and 1/15 + 2/15.
    expect(shareOf(exact.dividends.slice(0, 2))).toEqual([
      [4n, 5n],
      [1n, 5n],
    ]);
  });

  it('the devnet’s epoch says the same', () => {
    expectSame(chain(subnet), exactYuma(subnet, null, TENTH));
  });

  it.each([
    ['kappa 0.4', { kappa: 26_214 }, { ...TENTH, kappa: fraction(26_214, 65_535) }],
    ['kappa 0.8, which the larger one has not alone', { kappa: 52_428 }, { ...TENTH, kappa: fraction(52_428, 65_535) }],
    ['half the penalty on bonds', { bondsPenalty: 32_768 }, { ...TENTH, bondsPenalty: fraction(32_768, 65_535) }],
    ['no penalty on bonds', { bondsPenalty: 0 }, { ...TENTH, bondsPenalty: fraction(0) }],
  ])('also with %s', (_, change, rules) => {
    expectSame(chain(subnet, [], change), exactYuma(subnet, null, rules));
  });
});

describe('bonds over three epochs', () => {
  const WEIGHTS = [
    [{ 2: 1, 3: 1 }, { 2: 1 }],
    [
      { 2: 1, 3: 1 },
      { 2: 1, 3: 1 },
    ],
    [{ 3: 1 }, { 2: 1, 3: 1 }],
  ] as const;

  it('by hand: who came second to a miner holds 1/40, then 19/400 of it', () => {
    // Uid 1 has 1/4 of the stake, gives uid 3 nothing at first, then 1/2 as uid 0 does: 1/10 · 1/4, then 1/40 + 9/10 · 1/40.
    let bonds: ExactEpoch['bonds'] | null = null;
    const held: (readonly [bigint, bigint])[] = [];
    for (const [first, second] of [WEIGHTS[0], WEIGHTS[1], WEIGHTS[1]]) {
      ({ bonds } = exactYuma([validator(3n, first), validator(1n, second), MINER, MINER], bonds, TENTH));
      held.push(...shareOf([bonds[1]![3]!]));
    }
    expect(held).toEqual([
      [0n, 1n],
      [1n, 40n],
      [19n, 400n],
    ]);
  });

  it.each([
    ['a tenth', 900_000, fraction(1, 10)],
    ['a fortieth', 975_000, fraction(1, 40)],
    ['all', 0, fraction(1)],
  ])('the devnet moves them by %s of the new in each epoch, in dividends and in what it stores', (_, average, part) => {
    let stored: Bonds = [];
    let bonds: ExactEpoch['bonds'] | null = null;
    for (const [first, second] of WEIGHTS) {
      const subnet = [validator(3n, first), validator(1n, second), MINER, MINER];
      const exact = exactYuma(subnet, bonds, { ...TENTH, alpha: part });
      const terms = chain(subnet, stored, { bondsMovingAverage: average });
      ({ bonds } = exact);
      stored = terms.map((each) => each.bonds);
      // What is stored is cut to u16, which the next epoch begins with.
      terms.forEach(({ dividends }, uid) => {
        expect(Math.abs(dividends - 65_535 * asNumber(exact.dividends[uid]!))).toBeLessThan(3);
      });
      for (const miner of [2, 3]) {
        const column = [0, 1].map((uid) => stored[uid]!.find((entry) => (entry.uid as number) === miner)?.bond ?? 0);
        const sum = column[0]! + column[1]!;
        column.forEach((bond, uid) => {
          const share = sum === 0 ? 0 : bond / sum;
          expect(Math.abs(share - asNumber(exact.bonds[uid]![miner]!))).toBeLessThan(4e-5);
        });
      }
    }
  });
});

it('a validator without a permit has no say, no bonds and no pay, whatever its stake', () => {
  const loud: ExactNeuron = { stake: 100n, votes: false, weights: { 3: 1 } };
  const subnet = [validator(3n, { 3: 1, 4: 1 }), validator(2n, { 3: 1, 4: 3 }), loud, MINER, MINER];
  const terms = chain(subnet);
  expectSame(terms, exactYuma(subnet, null, TENTH));
  expect([terms[2]!.emission, terms[2]!.dividends, terms[2]!.validatorTrust]).toEqual([0n, 0, 0]);
  const silent = subnet.map((each) => (each === loud ? { ...loud, weights: {} } : each));
  expect(chain(silent).map(({ emission }) => emission)).toEqual(terms.map(({ emission }) => emission));
});

describe('random subnets', () => {
  /** Up to four validators and four miners; every second one has bonds of an earlier epoch, as the chain stored them. */
  const random = randomStream(uint32Bytes(11));
  const row = (validators: number, size: number): Record<number, number> =>
    Object.fromEntries(
      Array.from({ length: size - validators }, (_, at) => [
        validators + at,
        random.nextBelow(4) * random.nextBelow(9_999),
      ]),
    );
  const subnet = (): readonly ExactNeuron[] => {
    const validators = 1 + random.nextBelow(4);
    const size = validators + 1 + random.nextBelow(4);
    return Array.from({ length: size }, (_, uid) =>
      uid < validators ? validator(BigInt(1 + random.nextBelow(1_000_000)), row(validators, size)) : MINER,
    );
  };

  it('are judged as the formulas say, and incentive and dividends share out the emission', () => {
    for (let round = 0; round < 150; round += 1) {
      const each = subnet();
      const exact = exactYuma(each, null, TENTH);
      if (total(exact.incentive).top === 0n) continue; // then stake is paid: see the chain's examples
      const terms = chain(each);
      expectSame(terms, exact);
      const paid = terms.reduce((sum, one) => sum + one.serverEmission + one.validatorEmission, 0n);
      expect(paid).toBeLessThanOrEqual(EMISSION);
      expect(EMISSION - paid).toBeLessThan(10_000n);
      expect(asNumber(total(exactPay(exact, EMISSION)))).toBe(Number(EMISSION));
    }
  });

  it('go on from the bonds that are stored as the formulas say', () => {
    for (let round = 0; round < 60; round += 1) {
      const each = subnet();
      const stored = chain(each).map(({ bonds }) => bonds);
      const old = stored.map((entries) =>
        each.map((_, uid) => fraction(entries.find((entry) => (entry.uid as number) === uid)?.bond ?? 0)),
      );
      const later = each.map((one) => (one.votes ? { ...one, stake: BigInt(1 + random.nextBelow(1_000_000)) } : one));
      const exact = exactYuma(later, old, TENTH);
      if (total(exact.incentive).top > 0n) expectSame(chain(later, stored), exact);
    }
  });

  it('never pay a miner less for more weight of one validator, the others’ being as they were', () => {
    for (let round = 0; round < 80; round += 1) {
      const each = subnet();
      const miner = each.length - 1;
      const pays = [0, 1_000, 10_000, 65_535].map((weight) => {
        const more = each.map((one, uid) =>
          uid === 0 ? { ...one, weights: { ...one.weights, [miner]: weight } } : one,
        );
        return chain(more)[miner]!.incentive;
      });
      expect([...pays].sort((a, b) => a - b)).toEqual(pays);
    }
  });
});
