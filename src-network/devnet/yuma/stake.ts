import { type Fixed, normalised } from '../fixed32.ts';
import type { EpochNeuron, EpochParameters } from './neuron.ts';

export interface StakeShares {
  readonly active: readonly boolean[];
  /** Of all stake above the threshold. */
  readonly all: readonly Fixed[];
  /** Of the stake that has a say: active, with a permit. */
  readonly voting: readonly Fixed[];
  /** Who has a permit in this epoch. */
  readonly permits: readonly boolean[];
  /** Who has one from now on. */
  readonly newPermits: readonly boolean[];
}

/**
 * active_i = last update + cutoff ≥ block. Stake below the threshold is 0; the rest is normalised to 1. Permits go to the
 * `maxAllowedValidators` largest stakes that are not 0 (of equals, the higher uid). The stake that votes is that of active
 * uids that had a permit before this epoch, normalised again. Source: pallets/subtensor/src/epoch/run_epoch.rs
 * (epoch_mechanism, "Active & updated" to "Active Stake") and epoch/math.rs (is_topk_nonzero). The chain's stake has binary
 * places, of which ours has none: a share can differ in its last bit.
 */
export function stakeShares(neurons: readonly EpochNeuron[], parameters: EpochParameters, block: number): StakeShares {
  const { activityCutoff, maxAllowedValidators, stakeThreshold, ownerUid } = parameters;
  const active = neurons.map(({ lastUpdateBlock }) => lastUpdateBlock + activityCutoff >= block);
  const counted = neurons.map(({ stake }, uid) => (uid === ownerUid || stake >= stakeThreshold ? stake : 0n));
  const all = normalised(counted);
  const permits = neurons.map(({ validatorPermit }, uid) => uid === ownerUid || validatorPermit);
  const newPermits = largest(all, maxAllowedValidators).map((isLarge, uid) => uid === ownerUid || isLarge);
  const voting = normalised(all.map((share, uid) => (active[uid] === true && permits[uid] === true ? share : 0n)));
  return { active, all, voting, permits, newPermits };
}

function largest(shares: readonly Fixed[], count: number): readonly boolean[] {
  const bySize = shares.map((share, uid) => ({ share, uid }));
  bySize.sort((a, b) => (a.share === b.share ? b.uid - a.uid : a.share > b.share ? -1 : 1));
  const chosen = new Set(bySize.slice(0, count).map(({ uid }) => uid));
  return shares.map((share, uid) => share > 0n && chosen.has(uid));
}
