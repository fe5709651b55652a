import { describe, expect, it } from 'vitest';
import { backoffMs } from '#renderer/client/backoff.ts';

describe('backoffMs', () => {
  it('doubles from half a second and stops at ten', () => {
    expect([1, 2, 3, 4, 5, 6, 60].map((attempt) => backoffMs(attempt, 0.5))).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
    ]);
  });

  it('spreads by a fifth to either side', () => {
    expect(backoffMs(1, 0)).toBe(400);
    expect(backoffMs(1, 0.999_999)).toBe(600);
  });
});
