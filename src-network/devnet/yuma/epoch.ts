import { type Alpha, alpha } from '#protocol/units.ts';
import { dividedBy, type Fixed, floor, normalised, proportion, sum, toU16 } from '../fixed32.ts';
import { movedBonds, storedBonds } from './bonds.ts';
import { clipColumns, weightedMedians } from './consensus.ts';
import { interpolate, rowSums, weighColumns, weighRows } from './matrix.ts';
import type { EpochNeuron, EpochParameters, NeuronTerms } from './neuron.ts';
import { stakeShares } from './stake.ts';
import { countedWeights } from './weights.ts';

export interface EpochInput {
  readonly block: number;
  /** The block of the last epoch that ran, or 0 before the first. */
  readonly lastEpochBlock: number;
  /** What there is to pay to miners and validators. */
  readonly emission: Alpha;
  /** Index = uid. */
  readonly neurons: readonly EpochNeuron[];
  readonly parameters: EpochParameters;
}

/**
 * Yuma Consensus of one epoch, in the order of uids:
 *
 * - consensus C_j = stake-weighted median of W_ij over validators i; clipped W'_ij = min(W_ij, C_j)
 * - incentive I = normalise(Σ_i S_i W'_ij); validator trust of i = Σ_j W'_ij
 * - bonds B: see bonds.ts; dividends D = normalise(Σ_j B_ij I_j)
 * - pay of j = emission × (I_j + D_j) ÷ Σ(I + D): one half for mining, one for validating. Without any incentive it goes
 *   to stake that votes, and without that to all stake.
 *
 * Source: pallets/subtensor/src/epoch/run_epoch.rs (epoch_mechanism) at spec 425. The arithmetic is the chain's I32F32, bit
 * for bit: its own tests' numbers come out exactly. Different are only: stake has no binary places here; sums saturate there
 * (from 32,768 uids on, of which a subnet has at most 4096); commit-reveal, Yuma 3, liquid alpha and several mechanisms are
 * left out.
 */
export function runYumaEpoch({
  block,
  lastEpochBlock,
  emission,
  neurons,
  parameters,
}: EpochInput): readonly NeuronTerms[] {
  const stake = stakeShares(neurons, parameters, block);
  const weights = countedWeights(neurons, stake.permits, parameters.ownerUid);

  const consensus = weightedMedians(weights, stake.voting, proportion(parameters.kappa));
  const clipped = clipColumns(weights, consensus);
  const incentive = normalised(weighColumns(clipped, stake.voting));

  const weightsForBonds = interpolate(weights, clipped, proportion(parameters.bondsPenalty));
  const bonds = movedBonds(neurons, weightsForBonds, stake.voting, {
    movingAverage: parameters.bondsMovingAverage,
    voidFromBlock: lastEpochBlock === 0 ? Math.max(0, block - parameters.tempo) : lastEpochBlock + 1,
  });
  const dividends = normalised(weighRows(bonds, incentive));

  const pay = payShares(incentive, dividends, stake.voting, stake.all);
  const trust = rowSums(clipped);
  const stored = storedBonds(bonds);
  const partOf = (share: Fixed): Alpha => alpha(floor(share * emission));
  return neurons.map((_neuron, uid): NeuronTerms => {
    const validatorPermit = stake.newPermits[uid] ?? false;
    return {
      active: stake.active[uid] ?? false,
      stakeWeight: toU16(stake.all[uid] ?? 0n),
      consensus: toU16(consensus[uid] ?? 0n),
      validatorTrust: toU16(trust[uid] ?? 0n),
      incentive: toU16(incentive[uid] ?? 0n),
      dividends: toU16(dividends[uid] ?? 0n),
      serverEmission: partOf(pay.servers[uid] ?? 0n),
      validatorEmission: partOf(pay.validators[uid] ?? 0n),
      emission: partOf(pay.both[uid] ?? 0n),
      validatorPermit,
      bonds: validatorPermit ? (stored[uid] ?? []) : [],
    };
  });
}

interface PayShares {
  readonly servers: readonly Fixed[];
  readonly validators: readonly Fixed[];
  readonly both: readonly Fixed[];
}

function payShares(
  incentive: readonly Fixed[],
  dividends: readonly Fixed[],
  votingStake: readonly Fixed[],
  allStake: readonly Fixed[],
): PayShares {
  const combined = incentive.map((share, uid) => share + (dividends[uid] ?? 0n));
  const total = sum(combined);
  if (total === 0n) {
    const byStake = sum(votingStake) === 0n ? allStake : votingStake;
    return { servers: incentive, validators: byStake, both: byStake };
  }
  return {
    servers: dividedBy(incentive, total),
    validators: dividedBy(dividends, total),
    both: normalised(combined),
  };
}
