import type { BlockRange } from '#protocol/chain/chain-client.ts';

/** Blocks that were read, and the last one's hash; `null`: it was not asked for. */
export interface ReadRange extends BlockRange {
  readonly untilHash: string | null;
}

/** Adds a range to others, joined with those that it meets. All ascending and apart. */
export function addRange(ranges: readonly ReadRange[], added: ReadRange): readonly ReadRange[] {
  if (added.untilBlock <= added.afterBlock) return ranges;
  const isApart = (range: ReadRange): boolean =>
    range.untilBlock < added.afterBlock || range.afterBlock > added.untilBlock;
  const met = [...ranges.filter((range) => !isApart(range)), added];
  const newest = met.reduce((a, b) => (b.untilBlock >= a.untilBlock ? b : a));
  const joined = { ...newest, afterBlock: Math.min(...met.map(({ afterBlock }) => afterBlock)) };
  return [...ranges.filter(isApart), joined].toSorted((a, b) => a.untilBlock - b.untilBlock);
}

/** What is left of ranges without the blocks after this one. */
export const cutRanges = (ranges: readonly ReadRange[], block: number): readonly ReadRange[] =>
  ranges.flatMap((range) => {
    if (range.untilBlock <= block) return [range];
    return range.afterBlock < block ? [{ ...range, untilBlock: block, untilHash: null }] : [];
  });

/** The blocks up to this one that are in no range, newest first. @param ranges ascending and apart */
export function unreadRanges(ranges: readonly BlockRange[], untilBlock: number): readonly BlockRange[] {
  const unread: BlockRange[] = [];
  let until = untilBlock;
  for (const range of ranges.toReversed()) {
    if (range.untilBlock < until) unread.push({ afterBlock: range.untilBlock, untilBlock: until });
    until = Math.min(until, range.afterBlock);
  }
  if (until > 0) unread.push({ afterBlock: 0, untilBlock: until });
  return unread;
}

/** Whether any of these blocks is in one of the ranges. */
export const overlaps = (ranges: readonly BlockRange[], { afterBlock, untilBlock }: BlockRange): boolean =>
  ranges.some((range) => range.afterBlock < untilBlock && range.untilBlock > afterBlock);
