import { describe, expect, it } from 'vitest';
import { deadlineBlock, endBlock, firstBlock, roundOf, seedBlock } from '#protocol/round/clock.ts';

const timing = { blocks: 10, trainBlocks: 7, leadBlocks: 1 };

describe('the round clock', () => {
  it.each([
    [0, 0],
    [9, 0],
    [10, 1],
    [25, 2],
  ])('puts block %i into round %i', (block, round) => {
    expect(roundOf(block, timing)).toBe(round);
  });

  it('names the first block of a round, its deadline, the one that it draws by, and the end', () => {
    expect([firstBlock, deadlineBlock, seedBlock, endBlock].map((of) => of(2, timing))).toEqual([20, 27, 28, 30]);
  });
});
