import { describe, expect, it } from 'vitest';
import { uint32Bytes } from '#protocol/bytes.ts';
import { type RandomStream, randomStream } from '#protocol/random.ts';
import { alpha } from '#protocol/units.ts';
import { runYumaEpoch } from '#network/devnet/yuma/epoch.ts';
import type { EpochNeuron, NeuronTerms } from '#network/devnet/yuma/neuron.ts';
import { neuron, parameters, uid } from '../../../support/yuma-neurons.ts';

const EMISSION = alpha(295_200_000_000n);
const U16 = 65_536;

const run = (neurons: readonly EpochNeuron[]): readonly NeuronTerms[] =>
  runYumaEpoch({
    block: 10_000,
    lastEpochBlock: 9_640,
    emission: EMISSION,
    neurons,
    parameters: { ...parameters, maxAllowedValidators: 8 },
  });

/** Some uids have stake, some of those a permit; anybody may have given anybody weight, long ago or lately. */
function randomSubnet(random: RandomStream): readonly EpochNeuron[] {
  const size = 2 + random.nextBelow(24);
  const rowOf = (density: number): Record<number, number> =>
    Object.fromEntries(
      Array.from({ length: size }, (_, to) => [to, random.nextBelow(U16)] as const).filter(
        () => random.nextBelow(100) < density,
      ),
    );
  return Array.from({ length: size }, () => {
    const hasStake = random.nextBelow(2) === 0;
    return neuron({
      stake: hasStake ? BigInt(random.nextUint32()) * BigInt(1 + random.nextBelow(1_000_000)) : 0n,
      validatorPermit: hasStake && random.nextBelow(4) > 0,
      lastUpdateBlock: random.nextBelow(10) === 0 ? 4_000 : 9_000 + random.nextBelow(1_000),
      registeredAtBlock: random.nextBelow(5) === 0 ? 9_600 + random.nextBelow(400) : random.nextBelow(9_000),
      weights: rowOf(60),
      bonds: rowOf(30),
    });
  });
}

const subnets = function* (count: number, seed: number): Generator<readonly [readonly EpochNeuron[], RandomStream]> {
  const random = randomStream(uint32Bytes(seed));
  for (let index = 0; index < count; index += 1) yield [randomSubnet(random), random];
};

const total = (terms: readonly NeuronTerms[], amountOf: (one: NeuronTerms) => bigint): bigint =>
  terms.reduce((sum, one) => sum + amountOf(one), 0n);

describe('runYumaEpoch on random subnets', () => {
  it('never pays more than there is, and less only by roundings', () => {
    for (const [neurons] of subnets(300, 1)) {
      const terms = run(neurons);
      const paid = total(terms, ({ serverEmission, validatorEmission }) => serverEmission + validatorEmission);
      const rounding = 2n * BigInt(neurons.length) * (1n + (4n * EMISSION) / (1n << 32n));
      expect(paid).toBeLessThanOrEqual(EMISSION);
      if (neurons.some(({ stake }) => stake > 0n)) expect(paid).toBeGreaterThanOrEqual(EMISSION - rounding);
      expect(total(terms, ({ emission }) => emission)).toBeLessThanOrEqual(EMISSION);
    }
  });

  it('shares incentive and dividends out to 1 each, or gives none', () => {
    for (const [neurons] of subnets(300, 2)) {
      const terms = run(neurons);
      for (const shares of [terms.map(({ incentive }) => incentive), terms.map(({ dividends }) => dividends)]) {
        const sum = shares.reduce((a, b) => a + b, 0);
        expect(sum === 0 || (sum <= 65_535 && sum >= 65_535 - 2 * neurons.length)).toBe(true);
      }
      expect(terms.every(({ validatorTrust, consensus }) => validatorTrust <= 65_535 && consensus <= 65_535)).toBe(
        true,
      );
    }
  });

  it('gives at most the allowed number of permits, only to stake, and lets only those keep bonds', () => {
    for (const [neurons] of subnets(200, 3)) {
      const terms = run(neurons);
      const chosen = terms.flatMap(({ validatorPermit }, index) => (validatorPermit ? [index] : []));
      const least = chosen.reduce(
        (min, index) => (neurons[index]!.stake < min ? neurons[index]!.stake : min),
        1n << 63n,
      );
      expect(chosen.length).toBeLessThanOrEqual(8);
      expect(terms.every(({ validatorPermit }, at) => validatorPermit || neurons[at]!.stake <= least)).toBe(true);
      expect(terms.every(({ validatorPermit, bonds }) => validatorPermit || bonds.length === 0)).toBe(true);
    }
  });

  it('says the same of everybody when the uids are dealt anew', () => {
    for (const [neurons, random] of subnets(150, 4)) {
      const order = neurons.map((_, index) => index);
      for (let last = order.length - 1; last > 0; last -= 1) {
        const other = random.nextBelow(last + 1);
        [order[last], order[other]] = [order[other]!, order[last]!];
      }
      const renamed = order.map((_, old) => order.indexOf(old));
      const dealt = order.map((old): EpochNeuron => {
        const { weights, bonds, ...rest } = neurons[old]!;
        return {
          ...rest,
          weights: weights.map(({ uid: to, weight }) => ({ uid: uid(renamed[to]!), weight })),
          bonds: bonds.map(({ uid: to, bond }) => ({ uid: uid(renamed[to]!), bond })),
        };
      });
      const expected = run(neurons);
      run(dealt).forEach(({ bonds, ...rest }, at) => {
        const { bonds: bondsBefore, ...restBefore } = expected[order[at]!]!;
        expect(rest).toEqual(restBefore);
        expect(new Map(bonds.map((entry) => [order[entry.uid], entry.bond]))).toEqual(
          new Map(bondsBefore.map((entry) => [entry.uid, entry.bond])),
        );
      });
    }
  });

  it('pays a miner more, never less, when every validator gives it more weight', () => {
    for (const [neurons] of subnets(150, 5)) {
      const weighty = (factor: number): readonly EpochNeuron[] =>
        neurons.map((one) => ({
          ...one,
          weights: [...one.weights.filter((entry) => (entry.uid as number) !== 0), { uid: uid(0), weight: factor }],
        }));
      const pays = [0, 1_000, 20_000, 65_535].map((factor) => run(weighty(factor))[0]!.incentive);
      expect([...pays].sort((a, b) => a - b)).toEqual(pays);
    }
  });

  it('pays a validator more, never less, for more stake behind the same weights as the others’', () => {
    const random = randomStream(uint32Bytes(6));
    for (let round = 0; round < 100; round += 1) {
      const weights = { 4: 1 + random.nextBelow(1_000), 5: 1 + random.nextBelow(1_000) };
      const stakes = Array.from({ length: 4 }, () => 1 + random.nextUint32());
      const dividendsWith = (extra: number): number =>
        run(
          [...stakes, 0, 0].map((stake, index) =>
            stake === 0
              ? neuron({})
              : neuron({
                  stake: BigInt(stake + (index === 0 ? extra : 0)),
                  validatorPermit: true,
                  lastUpdateBlock: 9_900,
                  weights,
                }),
          ),
        )[0]!.dividends;
      expect(dividendsWith(random.nextUint32())).toBeGreaterThanOrEqual(dividendsWith(0));
    }
  });
});

describe('a minority of the stake', () => {
  const HONEST = { 6: 30_000, 7: 20_000, 8: 15_535 };

  /** Validators 0–3 are honest; 4 and 5 conspire, and uid 9 is their miner, which nobody else values. */
  function subnet(minorityPercent: number, conspiracy: Record<number, number>): readonly EpochNeuron[] {
    const stakes = [1, 2, 3, 4].map((part) => BigInt(part * (100 - minorityPercent)) * 1_000_000n);
    const theirs = [4, 6].map((part) => BigInt(part * minorityPercent) * 1_000_000n);
    const validator = (stake: bigint, weights: Record<number, number>): EpochNeuron =>
      neuron({ stake, weights, validatorPermit: true, lastUpdateBlock: 9_900 });
    return [
      ...stakes.map((stake) => validator(stake, HONEST)),
      ...theirs.map((stake) => validator(stake, conspiracy)),
      ...Array.from({ length: 4 }, () => neuron({})),
    ];
  }

  const theirPay = (minorityPercent: number, conspiracy: Record<number, number>): bigint => {
    const terms = run(subnet(minorityPercent, conspiracy));
    return [4, 5, 9].reduce((sum, index) => sum + terms[index]!.serverEmission + terms[index]!.validatorEmission, 0n);
  };

  it('earns nothing for its own miner, and less for itself the more it cheats', () => {
    for (const percent of [1, 10, 25, 40, 49]) {
      const honest = theirPay(percent, HONEST);
      let before = honest;
      for (const bribe of [10, 2_000, 30_000, 65_535]) {
        const conspiracy = { ...HONEST, 9: bribe };
        expect(run(subnet(percent, conspiracy))[9]!.incentive).toBe(0);
        const pay = theirPay(percent, conspiracy);
        expect(pay).toBeLessThanOrEqual(before);
        before = pay;
      }
      expect(theirPay(percent, { 9: 1 })).toBe(0n);
      expect(theirPay(percent, { 4: 65_535, 5: 65_535 })).toBe(0n);
    }
  });

  it('gains nothing by any other weights either', () => {
    const random = randomStream(uint32Bytes(7));
    for (let round = 0; round < 200; round += 1) {
      const percent = 1 + random.nextBelow(49);
      const conspiracy = Object.fromEntries([4, 5, 6, 7, 8, 9].map((to) => [to, random.nextBelow(U16)]));
      expect(run(subnet(percent, conspiracy))[9]!.incentive).toBe(0);
      expect(theirPay(percent, conspiracy)).toBeLessThanOrEqual(theirPay(percent, HONEST) + 10_000n);
    }
  });

  it('is none any more above one half: then its miner is paid', () => {
    expect(run(subnet(51, { 9: 1 }))[9]!.incentive).toBe(65_535);
  });
});
