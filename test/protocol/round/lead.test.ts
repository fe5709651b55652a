import { expect, it } from 'vitest';
import { lastCallBlock, leadBlock, patienceBlock } from '#protocol/round/lead.ts';

const timing = { blocks: 10, trainBlocks: 5, leadBlocks: 2 };

it.each([
  [0, 56],
  [1, 58],
  [2, 58],
  [63, 58],
])('the validator of rank %i may publish from block %i on', (rank, block) => {
  expect(leadBlock(rank, 5, timing)).toBe(block);
});

it('is the block after the deadline for everyone where a round has time for one turn only', () => {
  expect([0, 1, 9].map((rank) => leadBlock(rank, 5, { blocks: 10, trainBlocks: 7, leadBlocks: 2 }))).toEqual([
    58, 58, 58,
  ]);
});

it('what is sent at the last block of a round is included after its end', () => {
  expect(lastCallBlock(5, timing)).toBe(59);
});

it.each([
  // asked for at, again → waits until
  [48, false, 52],
  [49, false, 53],
  [52, false, 53],
  [53, false, 57],
  [49, true, 50],
  [45, false, 49],
])('a manifest asked for at block %i (again: %s) is waited for until block %i', (block, again, until) => {
  expect(patienceBlock(block, 2, { blocks: 20, trainBlocks: 8, leadBlocks: 4 }, again)).toBe(until);
});
