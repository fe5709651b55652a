import { expect, it } from 'vitest';
import { lastCallBlock, leadBlock } from '#protocol/round/lead.ts';

const timing = { blocks: 10, trainBlocks: 5, leadBlocks: 2 };

it.each([
  [0, 55],
  [1, 57],
  [2, 59],
])('the validator of rank %i may publish from block %i on', (rank, block) => {
  expect(leadBlock(rank, 5, timing)).toBe(block);
});

it('what is sent at the last block of a round is included after its end', () => {
  expect(lastCallBlock(5, timing)).toBe(59);
});
