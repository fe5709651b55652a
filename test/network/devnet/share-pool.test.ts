import { expect, it } from 'vitest';
import {
  add,
  floatOf,
  multiplyDivide,
  type SafeFloat,
  subtract,
  toU64,
} from '#network/devnet/pallets/subtensor/safe-float.ts';
import {
  addStake,
  addStakeForAll,
  canAddStake,
  stakeOf,
  takeStake,
} from '#network/devnet/pallets/subtensor/share-pool.ts';
import { accountNamed, emptyState, NETUID, VALIDATOR } from '../../support/devnet-calls.ts';

const LARGEST = 10n ** 21n;
const times10 = (float: SafeFloat, exponent: bigint): SafeFloat => ({ ...float, exponent: float.exponent + exponent });

/** Of the chain's own tests: primitives/share-pool/src/lib.rs (test_safefloat_normalize, test_safefloat_add). */
it.each([
  [1n, LARGEST, -21n],
  [0n, 0n, 0n],
  [1_000n, LARGEST, -18n],
  [10n ** 20n, LARGEST, -1n],
  [LARGEST, LARGEST, 0n],
])('%s becomes the float that the chain makes of it', (integer, mantissa, exponent) => {
  expect(floatOf(integer)).toEqual({ mantissa, exponent });
});

it.each([
  [1n, 0n, 1n, 0n, 2n * 10n ** 20n, -20n],
  [0n, 0n, 1n, -1n, LARGEST, -22n],
  [1n, -1000n, 1n, -1n, LARGEST, -22n],
  [LARGEST, 0n, LARGEST, 0n, (LARGEST * 2n) / 10n, 1n],
  [123n, 1n, 1n, 23n, 100_000_000_000_000_000_001n, 3n],
  [999_999_999_999_999_999_999n, 0n, 1n, 23n, 100_999_999_999_999_999_999n, 3n],
  [1n, 24n, 123_456_789_012_345_678_901n, 0n, 100_012_345_678_901_234_567n, 4n],
  [1n, 22n, 1n, 23n, 110_000_000_000_000_000_000n, 3n],
])('%s · 10^%s + %s · 10^%s has the digits that the chain keeps', (a, aExponent, b, bExponent, mantissa, exponent) => {
  const [left, right] = [times10(floatOf(a), aExponent), times10(floatOf(b), bExponent)];
  expect(add(left, right)).toEqual({ mantissa, exponent });
  expect(add(right, left)).toEqual({ mantissa, exponent });
});

it('subtracts to zero, and divides by zero to zero', () => {
  expect(subtract(floatOf(3n), floatOf(7n))).toEqual(floatOf(0n));
  expect(toU64(multiplyDivide(floatOf(100n), floatOf(3n), floatOf(10n)))).toBe(30n);
  expect(multiplyDivide(floatOf(1n), floatOf(1n), floatOf(0n))).toEqual(floatOf(0n));
  expect(toU64(times10(floatOf(1n), 30n))).toBe(2n ** 64n - 1n);
});

const [first, second] = ['first', 'second'].map((name) => ({
  ...{ hotkey: VALIDATOR, coldkey: accountNamed(name), netuid: NETUID },
})) as [Parameters<typeof addStake>[1], Parameters<typeof addStake>[1]];

/** test_denom_high_precision. */
it('keeps every rao of those who unstake nearly all between two large earnings', () => {
  const state = emptyState();
  const both = (run: (position: typeof first) => void): void => [first, second].forEach(run);
  both((position) => addStake(state, position, 1n));
  addStakeForAll(state, VALIDATOR, NETUID, 999_999_999_999_998n);
  both((position) => takeStake(state, position, 499_999_999_999_990n));
  addStakeForAll(state, VALIDATOR, NETUID, 999_999_999_999_980n);
  both((position) => addStake(state, position, 1_000_000_000_000n));
  both((position) => {
    const missing = 501_000_000_000_000n - stakeOf(state, position);
    expect(missing >= -1n && missing <= 1n).toBe(true);
  });
});

/** test_denom_precision. */
it('leaves what was not taken', () => {
  const state = emptyState();
  addStake(state, first, 1000n);
  takeStake(state, first, 990n);
  addStake(state, second, 1000n);
  takeStake(state, second, 990n);
  expect([stakeOf(state, first), stakeOf(state, second)]).toEqual([10n, 10n]);
  takeStake(state, first, 11n);
  expect(stakeOf(state, first)).toBe(10n);
  expect(canAddStake(state, VALIDATOR, NETUID, 0n)).toBe(false);
});

it('has nothing of those who have taken everything', () => {
  const state = emptyState();
  addStake(state, first, 1000n);
  takeStake(state, first, 1000n);
  expect(stakeOf(state, first)).toBe(0n);
  expect([...state.changes].filter(([, value]) => value !== null)).toHaveLength(1); // StakingHotkeys
});
