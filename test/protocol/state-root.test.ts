import { describe, expect, it } from 'vitest';
import { initialGlobalState } from '#protocol/global-state.ts';
import { initialWeights } from '#protocol/initial-weights.ts';
import { stateRoot } from '#protocol/state-root.ts';
import { decodeCheckpoint, encodeCheckpoint } from '#protocol/checkpoint.ts';
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
