import { describe, expect, it } from 'vitest';
import { alpha } from '#protocol/units.ts';
import { runYumaEpoch } from '#network/devnet/yuma/epoch.ts';
import type { EpochNeuron, NeuronTerms } from '#network/devnet/yuma/neuron.ts';
import { neuron, type NeuronSketch, parameters } from '../../../support/yuma-neurons.ts';

/**
 * The numbers are those of the chain's own tests and of the traces in their comments, commit 14bc6f9f of
 * opentensor/subtensor, pallets/subtensor/src/tests/epoch.rs: they come from I32F32 arithmetic, so equality is to the last
 * bit.
 */
const EMISSION = alpha(1_000_000_000);

const run = (block: number, neurons: readonly EpochNeuron[], tempo = 1): readonly NeuronTerms[] =>
  runYumaEpoch({
    block,
    lastEpochBlock: 0,
    emission: EMISSION,
    neurons,
    parameters: { ...parameters, tempo, maxAllowedValidators: neurons.length },
  });

const after = (neurons: readonly EpochNeuron[], terms: readonly NeuronTerms[]): readonly EpochNeuron[] =>
  neurons.map((one, index) => ({
    ...one,
    bonds: terms[index]!.bonds,
    validatorPermit: terms[index]!.validatorPermit,
  }));

const withChange = (
  neurons: readonly EpochNeuron[],
  index: number,
  change: Pick<NeuronSketch, 'weights' | 'lastUpdateBlock'>,
): readonly EpochNeuron[] =>
  neurons.map((one, at) =>
    at !== index
      ? one
      : { ...one, weights: neuron(change).weights, lastUpdateBlock: change.lastUpdateBlock ?? one.lastUpdateBlock },
  );

const bondOn = (terms: readonly NeuronTerms[], to: number): readonly number[] =>
  terms.slice(0, 4).map(({ bonds }) => bonds.find((entry) => (entry.uid as number) === to)?.bond ?? 0);

const emissions = (terms: readonly NeuronTerms[]): readonly bigint[] => terms.map(({ emission }) => emission);

describe('runYumaEpoch repeats the chain’s tests', () => {
  it('test_bonds: eight epochs in which validators stop weighing, one after the other, and one comes back', () => {
    const weights = { 4: 16_383, 5: 32_767, 6: 49_149, 7: 65_535 };
    let neurons: readonly EpochNeuron[] = [1n, 2n, 3n, 4n, 0n, 0n, 0n, 0n].map((stake) =>
      neuron(stake > 0n ? { stake, validatorPermit: true, lastUpdateBlock: 1, weights } : {}),
    );
    let block = 0;
    const next = (): readonly NeuronTerms[] => {
      block += 1;
      const terms = run(block, neurons);
      neurons = after(neurons, terms);
      return terms;
    };
    const servers = [49_998_779n, 100_000_610n, 149_996_337n, 200_004_272n];

    const first = next();
    expect(emissions(first)).toEqual([49_999_998n, 99_999_999n, 150_000_000n, 200_000_001n, ...servers]);
    expect(bondOn(first, 4)).toEqual([16_383, 32_767, 49_151, 65_535]);

    neurons = withChange(neurons, 0, { weights: { 0: 65_535 } });
    const second = next();
    expect(emissions(second)).toEqual([44_998_351n, 101_110_561n, 151_667_215n, 202_223_870n, ...servers]);
    expect(bondOn(second, 4)).toEqual([14_582, 32_767, 49_151, 65_535]);

    neurons = withChange(neurons, 1, { weights: { 1: 65_535 } });
    const third = next();
    expect(emissions(third)).toEqual([40_496_805n, 90_999_783n, 157_929_636n, 210_573_773n, ...servers]);
    expect(bondOn(third, 4)).toEqual([12_603, 28_321, 49_151, 65_535]);

    neurons = withChange(neurons, 2, { weights: { 2: 65_535 } });
    const fourth = next();
    expect(emissions(fourth)).toEqual([99_999_999n, 199_999_999n, 299_999_999n, 399_999_999n, 0n, 0n, 0n, 0n]);
    expect(bondOn(fourth, 7)).toEqual([12_602, 28_320, 49_150, 65_535]);

    neurons = withChange(neurons, 2, { weights: { 7: 65_535 } });
    const miners = [0n, 0n, 0n, 500_000_000n];
    const fifth = next();
    expect(emissions(fifth)).toEqual([36_443_733n, 81_898_628n, 163_565_493n, 218_092_144n, ...miners]);
    expect(bondOn(fifth, 7)).toEqual([10_951, 24_609, 49_150, 65_535]);

    const sixth = next();
    expect(emissions(sixth)).toEqual([32_799_427n, 73_706_612n, 168_638_129n, 224_855_830n, ...miners]);
    expect(bondOn(sixth, 7)).toEqual([9_559, 21_482, 49_150, 65_535]);

    const seventh = next();
    expect(emissions(seventh)).toEqual([29_518_068n, 66_336_137n, 173_203_134n, 230_942_659n, ...miners]);
    expect(bondOn(seventh, 7)).toEqual([8_376, 18_824, 49_150, 65_535]);

    expect(emissions(next())).toEqual([26_565_175n, 59_701_871n, 177_311_856n, 236_421_095n, ...miners]);
  });

  it('test_active_stake: a validator that was silent for longer than the cutoff loses its say, and gets it back', () => {
    const weights = { 2: 32_767, 3: 32_767 };
    let neurons: readonly EpochNeuron[] = [true, true, false, false].map((weighs) =>
      neuron({ stake: 1n, validatorPermit: true, ...(weighs ? { weights, lastUpdateBlock: 1 } : {}) }),
    );
    const start = run(1, neurons);
    expect(emissions(start)).toEqual([250_000_000n, 250_000_000n, 250_000_000n, 250_000_000n]);
    expect(start.slice(0, 2).map(({ dividends }) => dividends)).toEqual([32_767, 32_767]);
    neurons = withChange(after(neurons, start), 0, { weights, lastUpdateBlock: 5002 });

    const alone = run(5002, neurons);
    expect(alone.map(({ active }) => active)).toEqual([true, false, false, false]);
    expect(alone.map(({ dividends }) => dividends)).toEqual([36_044, 29_490, 0, 0]);
    expect(emissions(alone)).toEqual([274_999_999n, 224_999_999n, 250_000_000n, 250_000_000n]);
    expect(bondOn(alone, 2).slice(0, 2)).toEqual([65_535, 53_619]);
    neurons = withChange(after(neurons, alone), 1, { weights, lastUpdateBlock: 5002 });

    const both = run(5003, neurons);
    expect(both.map(({ dividends }) => dividends)).toEqual([35_716, 29_818, 0, 0]);
    expect(emissions(both)).toEqual([272_501_132n, 227_498_866n, 250_000_000n, 250_000_000n]);
    expect(bondOn(both, 3).slice(0, 2)).toEqual([65_535, 54_712]);
  });

  it('test_outdated_weights: weights on a uid count only if they are younger than its registration', () => {
    const weights = { 2: 65_535, 3: 32_768 };
    const before = [1n, 1n, 1n, 1n].map((stake, index) =>
      neuron({ stake, validatorPermit: true, lastUpdateBlock: 1, weights: index < 2 ? weights : { [index]: 65_535 } }),
    );
    const start = run(1, before, 0);
    expect(emissions(start)).toEqual([250_000_000n, 250_000_000n, 333_331_637n, 166_668_361n]);

    const replaced = after(before, start).map((one, index) => {
      if (index === 0) return { ...one, lastUpdateBlock: 2 };
      return index === 3 ? { ...one, stake: alpha(0), registeredAtBlock: 1, validatorPermit: false } : one;
    });
    const terms = run(2, replaced, 0);
    expect(emissions(terms)).toEqual([250_000_000n, 250_000_000n, 500_000_000n, 0n]);
    expect(terms[0]!.dividends).toBe(32_767);
    expect(terms[0]!.bonds.map(({ bond }) => bond)).toEqual([65_535, 65_535]);
  });

  it('test_zero_weights: with no weights, or only on oneself, or outdated, stake is paid', () => {
    const validator = { stake: 1n, validatorPermit: true };
    expect(emissions(run(0, [neuron(validator), neuron({})]))).toEqual([1_000_000_000n, 0n]);
    const selfish = neuron({ lastUpdateBlock: 1, weights: { 1: 65_535 } });
    expect(emissions(run(1, [neuron(validator), selfish]))).toEqual([1_000_000_000n, 0n]);
    const weighing = neuron({ ...validator, lastUpdateBlock: 2, weights: { 1: 65_535 } });
    const newcomer = neuron({ registeredAtBlock: 2, lastUpdateBlock: 1 });
    expect(emissions(run(2, [weighing, newcomer]))).toEqual([1_000_000_000n, 0n]);
    expect(emissions(run(3, [{ ...weighing, lastUpdateBlock: 3 }, newcomer]))).toEqual([500_000_000n, 500_000_000n]);
  });

  it('test_10_graph: ten that weigh only themselves are paid alike, each a unit less than a tenth', () => {
    const all = Array.from({ length: 10 }, (_, index) =>
      neuron({ stake: 1n, validatorPermit: true, lastUpdateBlock: 1, weights: { [index]: 65_535 } }),
    );
    const terms = run(1, all);
    expect(emissions(terms)).toEqual(Array.from({ length: 10 }, () => 99_999_999n));
    expect(terms.every(({ incentive, dividends, consensus }) => incentive + dividends + consensus === 0)).toBe(true);
  });
});
