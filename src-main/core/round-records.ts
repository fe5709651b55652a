import type { BlockRange } from '#protocol/chain/chain-client.ts';
import type { RoundRecord } from '#protocol/contract/state.ts';
import { ZERO_RAO } from '#protocol/units.ts';
import type { PaidRound } from './ledger.ts';

/**
 * The stored round as clients see it. A round pays in the epoch block that closes it: until that block's payments are known
 * the reward is `null`, afterwards it is what was paid, also when that is nothing.
 * @param isRead whether all payments of these blocks are in the ledger
 */
export function roundRecord(paid: PaidRound, isRead: (range: BlockRange) => boolean): RoundRecord {
  const { roundBlocks, rewardRao, ...round } = paid;
  const range = { afterBlock: round.round * roundBlocks, untilBlock: (round.round + 1) * roundBlocks };
  const isSettled = rewardRao !== null || isRead(range);
  return { ...round, rewardRao: isSettled ? (rewardRao ?? ZERO_RAO).toString() : null };
}

/** Keeps the objects of records that did not change, so that a patch holds only what is new. */
export function mergeRecords(before: readonly RoundRecord[], next: readonly RoundRecord[]): readonly RoundRecord[] {
  const known = new Map(before.map((record) => [record.round, record]));
  const merged = next.map((record) => {
    const old = known.get(record.round);
    return old !== undefined && isSame(old, record) ? old : record;
  });
  return merged.length === before.length && merged.every((record, index) => record === before[index]) ? before : merged;
}

const isSame = (a: RoundRecord, b: RoundRecord): boolean =>
  (Object.keys(a) as (keyof RoundRecord)[]).every((key) => a[key] === b[key]);
