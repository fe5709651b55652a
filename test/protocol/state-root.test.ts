import { describe, expect, it } from 'vitest';
import { initialGlobalState, stateTensors } from '#protocol/global-state.ts';
import { initialWeights } from '#protocol/initial-weights.ts';
import { stateRoot } from '#protocol/state-root.ts';
import { checkpointBytes, decodeCheckpoint, encodeCheckpoint } from '#protocol/checkpoint.ts';
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

describe('a checkpoint', () => {
  it('round-trips bit by bit', () => {
    const state = initialGlobalState({ ...smallRun, initialSeed: 9 });
    expect(decodeCheckpoint(smallRun, encodeCheckpoint(state))).toEqual(state);
  });

  it('of a run with outer momentum carries it, and both are in the root', () => {
    const spec = { ...smallRun, outer: { ...smallRun.outer, momentum: 0.9 } };
    const { parameters, momentum } = initialGlobalState(spec);
    expect(momentum.map(({ length }) => length)).toEqual(parameters.map(({ length }) => length));
    const moving = { parameters, momentum: momentum.map((tensor, n) => tensor.fill(n + 0.5)) };
    const blob = encodeCheckpoint(moving);
    expect(blob).toHaveLength(checkpointBytes(spec));
    expect(decodeCheckpoint(spec, blob)).toEqual(moving);
    expect(() => decodeCheckpoint(smallRun, blob)).toThrow(/instead of/);
    const root = stateRoot(stateTensors(moving));
    expect(root).not.toBe(stateRoot(parameters));
    moving.momentum.at(-1)!.fill(0);
    expect(stateRoot(stateTensors(moving))).not.toBe(root);
  });

  it('of a wrong length is refused', () => {
    expect(() => decodeCheckpoint(smallRun, new Uint8Array(12))).toThrow(/instead of/);
  });
});

describe('bytes from a file', () => {
  it('decode as any others, although Node gives them as a Buffer inside of a larger pool', () => {
    const state = initialGlobalState({ ...smallRun, initialSeed: 9 });
    const pooled = Buffer.concat([Buffer.from('xyz'), encodeCheckpoint(state), Buffer.from('z')]).subarray(3, -1);
    expect(decodeCheckpoint(smallRun, pooled)).toEqual(state);
  });
});
