import { describe, expect, it } from 'vitest';
import { initialGlobalState, stateTensors } from '#protocol/global-state.ts';
import { initialWeights } from '#protocol/initial-weights.ts';
import { stateRoot } from '#protocol/state-root.ts';
import { smallRun } from '../support/small-run.ts';

describe('stateRoot', () => {
  it('is the recorded one for the initial weights of the test run', () => {
    expect(stateRoot(initialWeights(smallRun.model, smallRun.initialSeed))).toBe(
      '0b7e8130e341cab11bf5ce63fabb96f7c3a81858a79dd4a4fc50a38d5306376c',
    );
  });

  it('changes with any bit, any tensor border and any leaf', () => {
    const large = new Float32Array(300_000);
    const root = stateRoot([large]);
    const touched = large.slice();
    touched[299_999] = 2 ** -149;
    expect(stateRoot([touched])).not.toBe(root);
    expect(stateRoot([large.slice(0, 150_000), large.slice(150_000)])).not.toBe(root);
    expect(stateRoot([new Float32Array(299_999)])).not.toBe(root);
  });
});

describe('the root of a run with outer momentum', () => {
  it('covers the momentum', () => {
    const spec = { ...smallRun, outer: { ...smallRun.outer, momentum: 0.9 } };
    const { parameters, momentum } = initialGlobalState(spec);
    expect(momentum.map(({ length }) => length)).toEqual(parameters.map(({ length }) => length));
    const moving = { parameters, momentum: momentum.map((tensor, n) => tensor.fill(n + 0.5)) };
    const root = stateRoot(stateTensors(moving));
    expect(root).not.toBe(stateRoot(parameters));
    moving.momentum.at(-1)!.fill(0);
    expect(stateRoot(stateTensors(moving))).not.toBe(root);
  });
});
