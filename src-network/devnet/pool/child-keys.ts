import type { Alpha } from '#protocol/units.ts';
import { divide, type Fixed, floor, multiply, proportion, sum, toFixed } from '../fixed32.ts';

/** All of something, as a u64 proportion. */
export const ALL = (1n << 64n) - 1n;

const partOf = (u64: bigint): Fixed => divide(u64, ALL);

const lessOrNone = (a: Fixed, b: Fixed): Fixed => (b > a ? 0n : a - b);

/** What a parent lets a hotkey have of its stake. */
interface Received {
  /** u64. */
  readonly proportion: bigint;
  readonly stake: bigint;
}

/**
 * What a hotkey's stake counts: its own less what its children have of it, and what it has of its parents'. Stake that a
 * parent has from its own parents is not passed on. Source: pallets/subtensor/src/staking/stake_utils.rs
 * (get_inherited_for_hotkey_on_subnet and the same of TAO), in U96F32.
 * @param given u64 proportions
 */
export function inheritedStake(own: bigint, given: readonly bigint[], received: readonly Received[]): bigint {
  const toChildren = sum(given.map((u64) => multiply(toFixed(own), partOf(u64))));
  const fromParents = sum(received.map(({ proportion: u64, stake }) => multiply(toFixed(stake), partOf(u64))));
  return floor(lessOrNone(toFixed(own), toChildren) + fromParents);
}

/** A hotkey's own stake in a subnet, and on root. */
interface OwnStake {
  readonly alphaStake: bigint;
  readonly rootTao: bigint;
}

export interface Parent extends OwnStake {
  /** u64 that the child has of it. */
  readonly proportion: bigint;
  /** Children take nothing of parents of the same coldkey. */
  readonly isOfSameColdkey: boolean;
}

interface SharedDividend {
  /** What the child has earned in the epoch. */
  readonly dividend: Alpha;
  readonly own: OwnStake;
  /** u64 proportions that its own children have of it. */
  readonly given: readonly bigint[];
  readonly parents: readonly Parent[];
  /** u16 proportion that it keeps of what its parents would get. */
  readonly take: number;
  /** As a proportion. */
  readonly taoWeight: Fixed;
}

/**
 * Divides a hotkey's dividend among its parents and itself by whose stake earned it. Source:
 * pallets/subtensor/src/coinbase/run_coinbase.rs (get_parent_child_dividends_distribution, get_self_contribution), in
 * U96F32. Left out: what the chain's governance may burn of it (CKBurn, 0 unless it says otherwise).
 * @returns its own part, and each parent's
 */
export function shareDividend({ dividend, own, given, parents, take, taoWeight }: SharedDividend): {
  readonly self: bigint;
  readonly parents: readonly bigint[];
} {
  const earned = toFixed(dividend);
  const contribution = ({ alphaStake, rootTao }: OwnStake, part: Fixed): Fixed =>
    multiply(toFixed(alphaStake), part) + multiply(multiply(toFixed(rootTao), part), taoWeight);
  let kept = toFixed(1n);
  for (const u64 of given) kept = lessOrNone(kept, partOf(u64));
  const ofItself = toFixed(floor(contribution(own, kept)));
  const ofParents = parents.map((parent) => contribution(parent, partOf(parent.proportion)));
  const total = ofItself + sum(ofParents);

  let [left, taken] = [earned, 0n];
  const paid = parents.map(({ isOfSameColdkey }, index) => {
    const part = multiply(earned, divide(ofParents[index] ?? 0n, total));
    left = lessOrNone(left, part);
    const takenOfIt = isOfSameColdkey ? 0n : multiply(proportion(take), part);
    taken += takenOfIt;
    return floor(lessOrNone(part, takenOfIt));
  });
  return { self: floor(left + taken), parents: paid };
}
