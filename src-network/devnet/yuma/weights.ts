import { toFixed } from '../fixed32.ts';
import { type Cell, keepCells, type Matrix, normaliseRows } from './matrix.ts';
import type { EpochNeuron } from './neuron.ts';

/**
 * The weights that count, each row normalised to 1. Three masks: rows of uids without a permit; a uid's weight on itself
 * (unless it is the subnet owner's); weights on a uid that registered at or after the validator's last update, because they
 * meant whoever had that uid before. Source: pallets/subtensor/src/epoch/run_epoch.rs (epoch_mechanism, "Weights").
 * The mask of commit-reveal comes before (`pallets/subtensor/unrevealed-weights.ts`).
 */
export function countedWeights(
  neurons: readonly EpochNeuron[],
  permits: readonly boolean[],
  ownerUid: number | undefined,
): Matrix {
  const given = neurons.map(({ weights }): readonly Cell[] =>
    weights
      .filter(({ uid }) => uid < neurons.length)
      .map(({ uid, weight }) => ({ column: uid, value: toFixed(BigInt(weight)) })),
  );
  const counts = (row: number, column: number): boolean => {
    const [validator, miner] = [neurons[row], neurons[column]];
    if (permits[row] !== true || validator === undefined || miner === undefined) return false;
    if (row === column && row !== ownerUid) return false;
    return validator.lastUpdateBlock > miner.registeredAtBlock;
  };
  return normaliseRows(keepCells(given, counts));
}
