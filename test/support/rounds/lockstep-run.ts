import { blobHash } from '#protocol/hash.ts';
import { encodeRunSpec, type RunSpec, runIdOf } from '#protocol/run-spec.ts';
import type { Run } from '#worker/run/open-run.ts';
import { smallRun, testKey } from '../small-run.ts';

/**
 * A run whose rounds wait for their only worker instead of a clock: whatever happens to it on the way, every round has the one
 * outcome that it has without that, bit by bit.
 */
export type RoundOutcome = 'merged' | 'not merged' | 'no manifest';

const OUTCOMES: readonly RoundOutcome[] = ['merged', 'merged', 'not merged', 'merged', 'no manifest'];
export const outcomeOf = (round: number): RoundOutcome => OUTCOMES[round % OUTCOMES.length] ?? 'merged';

export const workerKey = testKey(1);
export const validatorKey = testKey(9);
export const otherKeys = [testKey(2), testKey(3)];

/** Blocks take so long that no round ever runs out of time. */
export const BLOCK_MS = 3_600_000;

/** @param size of the model: how many times as wide, and how many layers */
export function lockstepRun(size: { readonly width: number; readonly layers: number }): Run {
  const { model } = smallRun;
  const spec: RunSpec = {
    ...smallRun,
    model: {
      ...{ ...model, layers: size.layers, hiddenSize: size.width * model.hiddenSize },
      ...{ headSize: size.width * model.headSize, ffnSize: size.width * model.ffnSize },
    },
    round: { blocks: 6, trainBlocks: 3, leadBlocks: 1 },
    inner: { ...smallRun.inner, steps: 1 },
    outer: { ...smallRun.outer, momentum: 0.5 },
    checkpointEvery: 3,
  };
  return { id: runIdOf(encodeRunSpec(spec)), spec };
}

/** The hash of a block, which seeds what the worker trains on. */
export const blockHashOf = (block: number): string =>
  blobHash(Uint8Array.of(block & 255, (block >> 8) & 255, block >> 16));
