import { describe, expect, it } from 'vitest';
import { PiecePlan, TAKE_OVER_MS } from '#worker/blobs/piece-plan.ts';

describe('a plan of pieces', () => {
  it('gives every missing piece once, in order', () => {
    const plan = new PiecePlan([1, 4, 5]);
    expect([plan.take('a', 0), plan.take('b', 0), plan.take('a', 0), plan.take('b', 0)]).toEqual([1, 4, 5, null]);
    expect(plan.missing).toBe(3);
    for (const piece of [4, 1, 5]) plan.arrived(piece);
    expect(plan.missing).toBe(0);
  });

  it('gives the pieces of a source that is gone to the next one, first of all', () => {
    const plan = new PiecePlan([0, 1, 2, 3]);
    expect([plan.take('a', 0), plan.take('a', 0), plan.take('b', 0)]).toEqual([0, 1, 2]);
    plan.arrived(0);
    plan.giveBack('a');
    expect([plan.take('b', 0), plan.take('b', 0), plan.take('b', 0)]).toEqual([1, 3, null]);
  });

  it('asks a second source for a piece that is late, once nothing else is left, and no third', () => {
    const plan = new PiecePlan([0, 1]);
    plan.take('slow', 0);
    expect(plan.take('b', 0)).toBe(1);
    expect(plan.take('b', TAKE_OVER_MS - 1)).toBeNull();
    expect(plan.take('slow', TAKE_OVER_MS)).toBe(1);
    expect(plan.take('b', TAKE_OVER_MS)).toBe(0);
    expect(plan.take('c', 9 * TAKE_OVER_MS)).toBeNull();
  });

  it('knows that a piece has come when its second copy does', () => {
    const plan = new PiecePlan([0]);
    plan.take('slow', 0);
    plan.take('fast', TAKE_OVER_MS);
    expect(plan.owes(0)).toBe(true);
    plan.arrived(0);
    expect(plan.owes(0)).toBe(false);
    plan.giveBack('slow');
    expect(plan.missing).toBe(0);
  });

  it('leaves a piece with the source that still owes it when the other one goes', () => {
    const plan = new PiecePlan([0]);
    plan.take('slow', 0);
    plan.take('fast', TAKE_OVER_MS);
    plan.giveBack('fast');
    expect(plan.missing).toBe(1);
    expect(plan.take('fast', TAKE_OVER_MS)).toBeNull();
  });
});
