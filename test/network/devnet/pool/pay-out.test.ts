import { describe, expect, it } from 'vitest';
import { uint32Bytes } from '#protocol/bytes.ts';
import { randomStream } from '#protocol/random.ts';
import { type Alpha, alpha, rao, ZERO_RAO } from '#protocol/units.ts';
import { emitBlock, NO_PENDING, OWNER_CUT, type PendingEmission } from '#network/devnet/pool/block-emission.ts';
import {
  epochEmission,
  isEpochDue,
  type PaidValidator,
  payOut,
  type PayOutInput,
  type ValidatorPay,
} from '#network/devnet/pool/pay-out.ts';
import { openPool } from '#network/devnet/pool/pool.ts';
import { runYumaEpoch } from '#network/devnet/yuma/epoch.ts';
import type { NeuronTerms } from '#network/devnet/yuma/neuron.ts';
import { neuron, parameters, uid } from '../../../support/yuma-neurons.ts';

const T = 1_000_000_000n;
const TAO_WEIGHT = 3_320_413_933_267_719_290n;
const nobody = new Set<ReturnType<typeof uid>>();

const pending = (server: bigint, validator: bigint, root = 0n, ownerCut = 0n): PendingEmission => ({
  server: alpha(server),
  validator: alpha(validator),
  root: alpha(root),
  ownerCut: alpha(ownerCut),
});

interface PaidNeuron extends PaidValidator {
  readonly mined: Alpha;
}

/** Neurons that are miner and validator in one, without parents. */
function payNeurons(input: Omit<PayOutInput, 'mined' | 'validators'> & { readonly neurons: readonly PaidNeuron[] }) {
  const { neurons, ...others } = input;
  const pay = payOut({ ...others, mined: neurons.map(({ mined }) => mined), validators: neurons });
  return { ...pay, neurons: pay.validators.map((each, index) => ({ ...each, mining: pay.mining[index]! })) };
}

const paid = (server: bigint, validator: bigint, alphaStake: bigint, rootTao = 0n, take = 0): PaidNeuron => ({
  ...{ mined: alpha(server), dividend: alpha(validator) },
  alphaStake: alpha(alphaStake),
  rootTao: rao(rootTao),
  take,
});

const termsOf = ({ serverEmission, validatorEmission }: NeuronTerms) => ({
  ...{ mined: serverEmission, dividend: validatorEmission },
});

const sumOf = ({ mining, take, nominators, rootTake, rootNominators }: ValidatorPay & { mining: bigint }): bigint =>
  mining + take + nominators + rootTake + rootNominators;

const near = (actual: bigint, expected: bigint): void => {
  const difference = actual > expected ? actual - expected : expected - actual;
  expect(difference * 10n ** 8n, `${actual}, expected ${expected}`).toBeLessThanOrEqual(expected);
};

describe('payOut', () => {
  /**
   * Expected values from a Python script of our own: for dividends D, stake s, root stake r and w = 0.18,
   *   R = D * r*w / (s + r*w);  A = D - R;  alpha = pending * A / sum(A);  root = pendingRoot * R / sum(R)
   * and 11796/65535 of each is the take. The chain's shares have 32 binary places: eight digits agree.
   */
  it('pays validators for alpha and for root by what earned their dividends, less the take', () => {
    const { neurons } = payNeurons({
      pending: pending(5n, 10n ** 12n, 2n * 10n ** 11n),
      neurons: [paid(0n, 3n * T, 100n, 500n, OWNER_CUT), paid(0n, T, 300n, 0n, OWNER_CUT), paid(7n, 0n, 0n)],
      taoWeight: TAO_WEIGHT,
      ownerUids: nobody,
    });
    near(neurons[0]!.take, 110_201_278_955n);
    near(neurons[0]!.nominators, 502_043_619_004n);
    near(neurons[0]!.rootTake, 35_999_084_458n);
    near(neurons[0]!.rootNominators, 164_000_915_541n);
    near(neurons[1]!.take, 69_794_143_338n);
    near(neurons[1]!.nominators, 317_960_958_702n);
    expect(neurons[1]).toMatchObject({ mining: 0n, rootTake: 0n, rootNominators: 0n });
    expect(neurons[2]).toEqual({ mining: 7n, take: 0n, nominators: 0n, rootTake: 0n, rootNominators: 0n });
  });

  /** pallets/subtensor/src/tests/coinbase.rs at 14bc6f9f: test_calculate_dividend_distribution_totals; tolerance 1000. */
  it('pays out all that is pending but roundings, as the chain’s test has it', () => {
    const { neurons } = payNeurons({
      pending: pending(0n, 183_123_567_452n, 837_120_949_872n),
      neurons: [paid(0n, 77_783_738n, 4_859_302n, 2_342_352n), paid(0n, 19_283_940n, 23_423n, 859_273n)],
      taoWeight: TAO_WEIGHT,
      ownerUids: nobody,
    });
    const alphaPaid = neurons[0]!.nominators + neurons[1]!.nominators;
    const rootPaid = neurons[0]!.rootNominators + neurons[1]!.rootNominators;
    expect(183_123_567_452n - alphaPaid).toBeLessThan(1_000n);
    expect(837_120_949_872n - rootPaid).toBeLessThan(1_000n);
    expect(alphaPaid <= 183_123_567_452n && rootPaid <= 837_120_949_872n).toBe(true);
  });

  /** There: test_drain_base_with_subnet_with_two_stakers_registered; tolerance 10. */
  it('gives validators the miners’ half as well when nobody mined', () => {
    const neurons = [neuron({ stake: T }), neuron({ stake: T })];
    const waiting = pending(T / 2n, T / 2n);
    const terms = runYumaEpoch({
      block: 1,
      lastEpochBlock: 0,
      emission: epochEmission(waiting),
      neurons,
      parameters,
    });
    const { neurons: pay } = payNeurons({
      pending: waiting,
      neurons: terms.map((term) => ({ ...termsOf(term), alphaStake: alpha(T), rootTao: ZERO_RAO, take: OWNER_CUT })),
      taoWeight: 0n,
      ownerUids: nobody,
    });
    for (const one of pay) expect(T / 2n - sumOf(one)).toBeLessThan(10n);
  });

  /** There: test_incentive_to_subnet_owner_is_burned. */
  it('withholds what the owner’s uids would earn by mining', () => {
    const { neurons, withheld, ownerCut } = payNeurons({
      pending: pending(20_000_000n, 0n, 0n, 9n),
      neurons: [paid(10_000_000n, 0n, 0n), paid(10_000_000n, 0n, 0n)],
      taoWeight: 0n,
      ownerUids: new Set([uid(0)]),
    });
    expect(neurons.map(({ mining }) => mining)).toEqual([0n, 10_000_000n]);
    expect({ withheld, ownerCut }).toEqual({ withheld: 10_000_000n, ownerCut: 9n });
  });
});

describe('an epoch of blocks', () => {
  it('pays no more alpha than the blocks created, and hardly less, whoever weighs whom', () => {
    const random = randomStream(uint32Bytes(9));
    for (let round = 0; round < 100; round += 1) {
      const root = { tao: rao(BigInt(random.nextUint32()) * 1_000_000n), taoWeight: TAO_WEIGHT };
      let pool = openPool(rao(1_000n * T), alpha(4_000n * T));
      let [waiting, created] = [NO_PENDING, 0n];
      for (let block = 0; block < 20; block += 1) {
        const alphaIssuance = alpha(10n ** 15n + created);
        const tao = rao(300_000_000n);
        const emitted = emitBlock({
          pool,
          pending: waiting,
          tao,
          alphaIssuance,
          root,
          ownerCut: OWNER_CUT,
          rootSells: true,
        });
        [pool, waiting, created] = [emitted.pool, emitted.pending, created + emitted.alphaOut];
      }
      const neurons = Array.from({ length: 12 }, (_, index) =>
        neuron({
          stake: index < 5 ? BigInt(random.nextUint32()) : 0n,
          validatorPermit: index < 5,
          lastUpdateBlock: 500,
          weights: Object.fromEntries([6, 7, 8, 9].map((to) => [to, random.nextBelow(round % 3 === 0 ? 1 : 65_536)])),
        }),
      );
      const emission = epochEmission(waiting);
      const terms = runYumaEpoch({ block: 600, lastEpochBlock: 580, emission, neurons, parameters });
      const result = payNeurons({
        pending: waiting,
        neurons: terms.map((term, index) => ({
          ...termsOf(term),
          alphaStake: neurons[index]!.stake,
          rootTao: rao(index < 3 ? random.nextUint32() : 0),
          take: random.nextBelow(OWNER_CUT),
        })),
        taoWeight: TAO_WEIGHT,
        ownerUids: new Set([uid(6)]),
      });
      const out = result.neurons.reduce((sum, one) => sum + sumOf(one), result.ownerCut + result.withheld);
      expect(out).toBeLessThanOrEqual(created);
      expect(created - out).toBeLessThan(300n);
    }
  });
});

describe('isEpochDue', () => {
  it('is a tempo after the last one, and never without a tempo', () => {
    expect([isEpochDue(719, 360, 360), isEpochDue(720, 360, 360), isEpochDue(9_999, 0, 0)]).toEqual([
      false,
      true,
      false,
    ]);
  });
});
