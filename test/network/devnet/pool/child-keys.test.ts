import { describe, expect, it } from 'vitest';
import { uint32Bytes } from '#protocol/bytes.ts';
import { randomStream } from '#protocol/random.ts';
import { alpha } from '#protocol/units.ts';
import { ALL, inheritedStake, type Parent, shareDividend } from '#network/devnet/pool/child-keys.ts';

const ONE = 1n << 32n;
const HALF = ALL / 2n;

const near = (actual: bigint, expected: bigint, tolerance: bigint): void => {
  const difference = actual > expected ? actual - expected : expected - actual;
  expect(difference, `${actual}, expected ${expected}`).toBeLessThanOrEqual(tolerance);
};

/** Cases of pallets/subtensor/src/tests/children.rs at 14bc6f9f, by the names of its tests (test_get_stake_for_hotkey_on_subnet_…). */
describe('what a hotkey’s stake counts', () => {
  it('single_parent_child: a child has all that its parent gives, and the parent nothing', () => {
    expect(inheritedStake(1_000_000_000n, [ALL], [])).toBe(0n);
    expect(inheritedStake(0n, [], [{ proportion: ALL, stake: 1_000_000_000n }])).toBe(1_000_000_000n);
  });

  it('multiple_parents_single_child: halves of 1000 and 2000 are 1499, not 1500', () => {
    near(inheritedStake(1000n, [HALF], []), 500n, 1n);
    near(inheritedStake(2000n, [HALF], []), 1000n, 1n);
    const parents = [1000n, 2000n].map((stake) => ({ proportion: HALF, stake }));
    expect(inheritedStake(0n, [], parents)).toBe(1499n);
  });

  it('single_parent_multiple_children: a third to each of two leaves a third', () => {
    near(inheritedStake(3000n, [ALL / 3n, ALL / 3n], []), 1000n, 1n);
    near(inheritedStake(0n, [], [{ proportion: ALL / 3n, stake: 3000n }]), 1000n, 1n);
  });

  it('edge_cases: nothing, and all of more than anybody has', () => {
    const stake = 600_000_000_000_000n;
    expect(inheritedStake(stake, [0n, ALL], [])).toBe(0n);
    expect(inheritedStake(0n, [], [{ proportion: 0n, stake }])).toBe(0n);
    expect(inheritedStake(0n, [], [{ proportion: ALL, stake }])).toBe(stake);
  });

  it('complex_hierarchy: what a child has of its parent does not go on to its own child', () => {
    // The child's own stake is 0, and of that it gives all.
    near(inheritedStake(0n, [ALL], [{ proportion: HALF, stake: 1000n }]), 499n, 1n);
    expect(inheritedStake(0n, [], [{ proportion: ALL, stake: 0n }])).toBe(0n);
  });

  it('never sums to more than the stake that there is', () => {
    const random = randomStream(uint32Bytes(5));
    for (let round = 0; round < 2_000; round += 1) {
      const stake = BigInt(random.nextUint32()) * BigInt(random.nextBelow(1_000_000));
      let left = ALL;
      const given = Array.from({ length: random.nextBelow(6) }, () => {
        const proportion = (left * BigInt(random.nextBelow(1_001))) / 1000n;
        left -= proportion;
        return proportion;
      });
      const ofChildren = given.map((proportion) => inheritedStake(0n, [], [{ proportion, stake }]));
      const all = ofChildren.reduce((sum, each) => sum + each, inheritedStake(stake, given, []));
      expect(all).toBeLessThanOrEqual(stake);
      // Proportions have 32 binary places.
      near(all, stake, 6n + (stake >> 29n));
    }
  });
});

const parent = (fields: Partial<Parent>): Parent => ({
  ...{ proportion: HALF, alphaStake: 0n, rootTao: 0n, isOfSameColdkey: false },
  ...fields,
});

describe('a dividend', () => {
  const NINTH = Math.trunc(65_535 / 9);
  const EARNED = 1_000_000n;

  /**
   * There: test_dividend_distribution_with_children. A, B and C have stakes of 6, 2 and 1; A gives half to B, B half to C; the
   * take of B and C is a ninth. Tolerance a thousandth, as there.
   */
  it('is shared by whose stake earned it, and the child takes its part of the others’', () => {
    const own = (alphaStake: bigint) => ({ alphaStake: alphaStake * 50_000_000n, rootTao: 0n });
    const terms = { dividend: alpha(EARNED), take: NINTH, taoWeight: 0n };
    expect(shareDividend({ ...terms, own: own(6n), given: [HALF], parents: [], take: 0 })).toEqual({
      ...{ self: EARNED, parents: [] },
    });
    // B: 1 of its own and 3 of A's; a ninth of A's part is B's.
    const ofB = shareDividend({ ...terms, own: own(2n), given: [HALF], parents: [parent(own(6n))] });
    near(ofB.self, 250_000n + 750_000n / 9n, 1000n);
    near(ofB.parents[0]!, EARNED - 250_000n - 750_000n / 9n, 1000n);
    // C: 1 of its own and 1 of B's.
    const ofC = shareDividend({ ...terms, own: own(1n), given: [], parents: [parent(own(2n))] });
    near(ofC.self, 500_000n + 500_000n / 9n, 1000n);
    near(ofC.parents[0]!, 500_000n - 500_000n / 9n, 1000n);
  });

  /** There: test_dividend_distribution_with_children_same_coldkey_owner. */
  it('of parents of the same coldkey is not taken from', () => {
    const shared = shareDividend({
      ...{ dividend: alpha(EARNED), take: NINTH, taoWeight: 0n, given: [] },
      own: { alphaStake: 100n, rootTao: 0n },
      parents: [parent({ alphaStake: 600n, isOfSameColdkey: true })],
    });
    near(shared.self, 250_000n, 1000n);
    near(shared.parents[0]!, 750_000n, 1000n);
  });

  it('counts TAO on root by its weight, and gives all to itself where no stake is', () => {
    const shared = shareDividend({
      ...{ dividend: alpha(EARNED), take: 0, taoWeight: ONE / 4n, given: [] },
      own: { alphaStake: 1000n, rootTao: 0n },
      parents: [parent({ rootTao: 8000n })],
    });
    near(shared.self, 500_000n, 10n);
    const none = { dividend: alpha(EARNED), take: 0, taoWeight: 0n, given: [], parents: [parent({})] };
    expect(shareDividend({ ...none, own: { alphaStake: 0n, rootTao: 0n } })).toEqual({ self: EARNED, parents: [0n] });
  });

  it('is never more in parts than as a whole, and hardly less', () => {
    const random = randomStream(uint32Bytes(6));
    const stake = (): bigint => BigInt(random.nextUint32()) * BigInt(random.nextBelow(100_000));
    for (let round = 0; round < 2_000; round += 1) {
      const dividend = alpha(stake());
      const parents = Array.from({ length: random.nextBelow(8) }, () =>
        parent({
          ...{ alphaStake: stake(), rootTao: stake(), isOfSameColdkey: random.nextBelow(2) === 0 },
          proportion: (ALL * BigInt(random.nextBelow(1_001))) / 1000n,
        }),
      );
      const own = { alphaStake: stake(), rootTao: stake() };
      const taken = { take: random.nextBelow(65_536), taoWeight: BigInt(random.nextUint32()) };
      const shared = shareDividend({ ...taken, dividend, own, given: [HALF, HALF / 2n], parents });
      const all = shared.parents.reduce((sum, each) => sum + each, shared.self);
      expect(all).toBeLessThanOrEqual(dividend);
      near(all, dividend, BigInt(parents.length + 1));
    }
  });
});
