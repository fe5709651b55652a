import { describe, expect, it } from 'vitest';
import { FIRST_OVERHEAD_MS, fitsAnotherStep, lessOverheadMs, plannedOverheadMs } from '#worker/round/time-budget.ts';

describe('another inner step', () => {
  it.each([
    // blocks left, ms a block, ms since the newest, slowest step, overhead → 1.5 × (step + overhead) against what is left
    ['fits when there is just more time than one and a half times what it takes', 4, 500, 499, 600, 400, true],
    ['does not fit when exactly that much is left', 4, 500, 500, 600, 400, false],
    ['does not fit when the slowest step was a little slower', 4, 500, 499, 601, 400, false],
    ['does not fit when announcing took a little longer', 4, 500, 499, 600, 401, false],
    ['fits in longer blocks', 4, 501, 500, 600, 400, true],
    ['does not fit with a block less', 3, 500, 0, 600, 400, false],
    ['fits before the first step when the overhead alone does', 4, 500, 0, 0, 1333, true],
    ['does not fit before the first step when the overhead does not', 4, 500, 0, 0, 1334, false],
    ['does not fit after the deadline', 0, 500, 0, 0, 0, false],
    ['does not fit long after the deadline', -3, 500, 0, 0, 0, false],
    ['does not fit when the chain has been silent for too long', 4, 500, 2000, 0, 0, false],
  ])('%s', (_, blocksLeft, blockMs, sinceBlockMs, slowestStepMs, overheadMs, fits) => {
    expect(fitsAnotherStep({ blocksLeft, blockMs, sinceBlockMs }, slowestStepMs, overheadMs)).toBe(fits);
  });
});

describe('the overhead that is expected after a round in which nothing was sent', () => {
  it('halves, down to that of the first round, so that one slow answer does not keep a worker from training', () => {
    expect(lessOverheadMs(40_000)).toBe(20_000);
    expect(lessOverheadMs(2_000)).toBe(FIRST_OVERHEAD_MS);
    expect(lessOverheadMs(300), 'and never grows').toBe(300);
    let overheadMs = 600_000;
    for (let round = 0; round < 7; round += 1) overheadMs = lessOverheadMs(overheadMs);
    expect(fitsAnotherStep({ blocksLeft: 20, blockMs: 500, sinceBlockMs: 0 }, 100, overheadMs)).toBe(true);
  });
});

describe('the overhead that is planned for', () => {
  it('is what was measured, but never keeps a worker from half of the training phase', () => {
    const [blocksLeft, blockMs] = [26, 1_000];
    expect(plannedOverheadMs(3_000, blocksLeft * blockMs)).toBe(3_000);
    const planned = plannedOverheadMs(600_000, blocksLeft * blockMs);
    const after = (ms: number) => fitsAnotherStep({ blocksLeft, blockMs, sinceBlockMs: ms }, 0, planned);
    expect([after(12_999), after(13_000)]).toEqual([true, false]);
  });
});
