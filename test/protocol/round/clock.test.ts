import { describe, expect, it } from 'vitest';
import { deadlineBlock, endBlock, firstBlock, roundOf } from '#protocol/round/clock.ts';

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

  it('names the first, the deadline and the end block of a round', () => {
    expect([firstBlock(2, timing), deadlineBlock(2, timing), endBlock(2, timing)]).toEqual([20, 27, 30]);
  });
});
