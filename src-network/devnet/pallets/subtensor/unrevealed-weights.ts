import type { State } from '../../runtime/state.ts';
import { isExpired } from './commit-weights.ts';
import { weightCommits } from './storage-epoch.ts';
import { keys, subnetworkN } from './storage-neurons.ts';
import { commitRevealWeightsEnabled } from './storage-parameters.ts';

/**
 * By uid: the block of a validator's oldest commitment that can still be revealed, where weights are committed to. Source:
 * pallets/subtensor/src/epoch/run_epoch.rs (epoch_mechanism, "v2" of commit-reveal).
 */
export function oldestCommits(state: State, netuid: number, block: number): ReadonlyMap<number, number> {
  const blocks = new Map<number, number>();
  if (!state.get(commitRevealWeightsEnabled, netuid)) return blocks;
  for (let uid = 0; uid < state.get(subnetworkN, netuid); uid += 1) {
    const commits = state.find(weightCommits, netuid, state.get(keys, netuid, uid)) ?? [];
    const oldest = commits.find((commit) => !isExpired(state, netuid, block, commit));
    if (oldest !== undefined) blocks.set(uid, Number(oldest[2]));
  }
  return blocks;
}

/** Whether a weight counts: not when the miner got its uid after the commitment, which meant whoever had it before. */
export const counts = (commitBlock: number | undefined, minerRegisteredAt: number): boolean =>
  commitBlock === undefined || commitBlock >= minerRegisteredAt;
