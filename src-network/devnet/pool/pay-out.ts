import type { Uid } from '#protocol/ids.ts';
import { type Alpha, alpha, type Rao, ZERO_ALPHA } from '#protocol/units.ts';
import { divide, type Fixed, floor, multiply, proportion, sum, toFixed } from '../fixed32.ts';
import { type PendingEmission, taoWeightOf } from './block-emission.ts';

/** Whether a subnet's epoch is due. Source: pallets/subtensor/src/coinbase/run_coinbase.rs (should_run_epoch). */
export const isEpochDue = (block: number, lastEpochBlock: number, tempo: number): boolean =>
  tempo > 0 && block - lastEpochBlock >= tempo;

/** What the epoch divides: everything that waits but the owner's cut. */
export const epochEmission = ({ server, validator, root }: PendingEmission): Alpha => alpha(server + validator + root);

export interface PaidValidator {
  /** Of its epoch, after parents of child keys have got their part, or as such a parent. */
  readonly dividend: Alpha;
  /** Its stake in the subnet, and on root. */
  readonly alphaStake: Alpha;
  readonly rootTao: Rao;
  /** u16 proportion of dividends that a validator keeps from its nominators; 11796 ≈ 18 % unless it asks for less. */
  readonly take: number;
}

export interface PayOutInput {
  readonly pending: PendingEmission;
  /** What the epoch gave miners. Index = uid. */
  readonly mined: readonly Alpha[];
  readonly validators: readonly PaidValidator[];
  /** u64 proportion, see `RootStake`. */
  readonly taoWeight: bigint;
  /** Of the subnet's owner, who is paid by its cut. */
  readonly ownerUids: ReadonlySet<Uid>;
}

export interface ValidatorPay {
  /** From dividends, to the validator itself. */
  readonly take: Alpha;
  /** From dividends, to all who have stake with it, itself among them, by stake. */
  readonly nominators: Alpha;
  /** From root's part, still alpha: the validator's take, and what its nominators on root may claim. */
  readonly rootTake: Alpha;
  readonly rootNominators: Alpha;
}

export interface PayOut {
  readonly ownerCut: Alpha;
  /**
   * Goes to the miners' owners as stake, or to where those let it go. 0 for the subnet owner's uids: see `withheld`. Index =
   * uid.
   */
  readonly mining: readonly Alpha[];
  /** In the order of the input. */
  readonly validators: readonly ValidatorPay[];
  /** Mining pay of the owner's uids, which is burned or recycled. */
  readonly withheld: Alpha;
}

/**
 * Pays what waited since the last epoch. Miners get their part of the epoch as it is. Validators share `pending.validator`
 * in proportion to their dividends from alpha stake, and `pending.root` in proportion to those from root stake; if no miner
 * earned anything they get `pending.server` as well. Each part is rounded down, and what that leaves is paid to nobody:
 * never more than was pending. Source: pallets/subtensor/src/coinbase/run_coinbase.rs (distribute_emission,
 * calculate_dividend_distribution, distribute_dividends_and_incentives), in U96F32. Left out: leases.
 */
export function payOut({ pending, mined, validators, taoWeight, ownerUids }: PayOutInput): PayOut {
  const someMined = mined.some((amount) => amount > 0n);
  const forValidators = someMined ? pending.validator : pending.validator + pending.server;

  const split = validators.map((validator) => splitDividend(validator, taoWeightOf(taoWeight)));
  const fromAlpha = sharesOf(split.map(({ alphaPart }) => alphaPart));
  const fromRoot = sharesOf(split.map(({ rootPart }) => rootPart));

  const isOwners = (uid: number): boolean => ownerUids.has(uid as Uid);
  return {
    ownerCut: pending.ownerCut,
    withheld: alpha(sum(mined.filter((_amount, uid) => isOwners(uid)))),
    mining: mined.map((amount, uid) => (isOwners(uid) ? ZERO_ALPHA : amount)),
    validators: validators.map(({ take }, index): ValidatorPay => {
      const dividend = lessTake(toFixed(forValidators), fromAlpha[index] ?? 0n, take);
      const root = lessTake(toFixed(pending.root), fromRoot[index] ?? 0n, take);
      return {
        take: dividend.take,
        nominators: dividend.rest,
        rootTake: root.take,
        rootNominators: root.rest,
      };
    }),
  };
}

/** Which part of a validator's dividend its stake on root earned, and which its alpha. */
function splitDividend(
  { dividend, alphaStake, rootTao }: PaidValidator,
  taoWeight: Fixed,
): { readonly alphaPart: Fixed; readonly rootPart: Fixed } {
  const whole = toFixed(dividend);
  const rootAlpha = rootTao * taoWeight;
  const rootPart = multiply(whole, divide(rootAlpha, toFixed(alphaStake) + rootAlpha));
  return { alphaPart: whole - rootPart, rootPart };
}

const sharesOf = (parts: readonly Fixed[]): readonly Fixed[] => {
  const total = sum(parts);
  return parts.map((part) => divide(part, total));
};

function lessTake(whole: Fixed, share: Fixed, take: number): { readonly take: Alpha; readonly rest: Alpha } {
  const due = multiply(whole, share);
  const taken = multiply(proportion(take), due);
  return { take: alpha(floor(taken)), rest: alpha(floor(due - taken)) };
}
