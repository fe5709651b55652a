import type { Uid } from '#protocol/ids.ts';
import { divide, type Fixed, ONE, toFixed, toU16 } from '../fixed32.ts';
import { blend, type Cell, keepCells, type Matrix, normaliseColumns, scaleRows, upscaleColumns } from './matrix.ts';
import type { BondEntry, EpochNeuron } from './neuron.ts';

const MILLION = 1_000_000n;

export interface BondRule {
  /** Millionths of the old bonds that remain. */
  readonly movingAverage: number;
  /** Bonds on uids that registered at or after this block are void. */
  readonly voidFromBlock: number;
}

/**
 * B = normalise((1 − a) × normalise(old B) + a × normalise(W ∘ S)), all by column, with a = 1 − movingAverage ÷ 10⁶, W the
 * weights for bonds and S the stake: who gave a miner weight before others did holds more of it. Source:
 * pallets/subtensor/src/epoch/run_epoch.rs (epoch_mechanism, "Bonds and Dividends", the original Yuma branch, and
 * compute_ema_bonds_normal_sparse). Left out: Yuma 3 and liquid alpha, which are off unless a subnet's owner turns them on.
 */
export function movedBonds(
  neurons: readonly EpochNeuron[],
  weights: Matrix,
  stake: readonly Fixed[],
  { movingAverage, voidFromBlock }: BondRule,
): Matrix {
  const held = neurons.map(({ bonds }): readonly Cell[] =>
    bonds
      .filter(({ uid }) => uid < neurons.length)
      .map(({ uid, bond }) => ({ column: uid, value: toFixed(BigInt(bond)) })),
  );
  const valid = keepCells(held, (_row, column) => (neurons[column]?.registeredAtBlock ?? 0) < voidFromBlock);
  const bought = normaliseColumns(scaleRows(weights, stake));
  const a = ONE - divide(BigInt(movingAverage), MILLION);
  return normaliseColumns(blend(bought, normaliseColumns(valid), a));
}

/** As the chain stores them: the largest of each column is 65535. */
export const storedBonds = (bonds: Matrix): readonly (readonly BondEntry[])[] =>
  upscaleColumns(bonds).map((cells) =>
    cells.map(({ column, value }): BondEntry => ({ uid: column as Uid, bond: toU16(value) })),
  );
