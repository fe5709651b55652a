import { describe, expect, it } from 'vitest';
import { alpha } from '#protocol/units.ts';
import { type PruningInput, uidToPrune } from '#network/devnet/yuma/pruning.ts';
import { uid } from '../../../support/yuma-neurons.ts';

const prune = (
  neurons: readonly (readonly [emission: number, registeredAtBlock: number])[],
  rest: Partial<PruningInput> = {},
): number | undefined =>
  uidToPrune({
    block: 10_000,
    immunityPeriod: 4_096,
    minNonImmuneUids: 0,
    ownerUids: new Set(),
    neurons: neurons.map(([emission, registeredAtBlock]) => ({ emission: alpha(emission), registeredAtBlock })),
    ...rest,
  });

/** The last four cases are those of the chain's pallets/subtensor/src/tests/uids.rs (test_prune_…), commit 14bc6f9f. */
describe('uidToPrune', () => {
  it('is the lowest emission that is not immune', () => {
    expect(
      prune([
        [5, 0],
        [3, 0],
        [4, 0],
        [0, 9_000],
      ]),
    ).toBe(1);
    expect(
      prune([
        [5, 0],
        [3, 5_904],
        [4, 0],
      ]),
    ).toBe(1);
    expect(
      prune([
        [5, 0],
        [3, 5_905],
        [4, 0],
      ]),
    ).toBe(2);
  });

  it('is, of equal emissions, the earliest registration, then the lowest uid', () => {
    expect(
      prune([
        [10, 2],
        [10, 1],
        [10, 3],
      ]),
    ).toBe(1);
    expect(
      prune([
        [10, 1],
        [10, 1],
        [10, 1],
      ]),
    ).toBe(0);
  });

  it('is an immune one when all are, or when only as many others as must stay are left', () => {
    expect(
      prune([
        [5, 9_000],
        [3, 9_000],
      ]),
    ).toBe(1);
    expect(
      prune(
        [
          [0, 0],
          [0, 1],
          [0, 2],
          [7, 9_999],
        ],
        { minNonImmuneUids: 3 },
      ),
    ).toBe(3);
    expect(
      prune(
        [
          [0, 0],
          [0, 1],
          [0, 2],
          [7, 9_999],
        ],
        { minNonImmuneUids: 2 },
      ),
    ).toBe(0);
  });

  it('is never the owner’s, and nobody when there is nobody else', () => {
    expect(
      prune(
        [
          [0, 0],
          [9, 0],
        ],
        { ownerUids: new Set([uid(0)]) },
      ),
    ).toBe(1);
    expect(prune([[0, 0]], { ownerUids: new Set([uid(0)]) })).toBeUndefined();
    expect(prune([])).toBeUndefined();
  });
});
