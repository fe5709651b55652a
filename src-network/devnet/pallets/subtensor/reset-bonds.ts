import type { State } from '../../runtime/state.ts';
import { bonds, subnetworkN, uids } from './storage-neurons.ts';
import { bondsResetOn } from './storage-parameters.ts';

/**
 * Voids what validators hold of a miner that asks for it, in subnets that allow that. Source:
 * pallets/subtensor/src/epoch/run_epoch.rs (do_reset_bonds).
 */
export function resetBonds(state: State, netuid: number, hotkey: Uint8Array): void {
  if (!state.get(bondsResetOn, netuid)) return;
  const uid = state.find(uids, netuid, hotkey);
  if (uid === undefined) return;
  for (let validator = 0; validator < state.get(subnetworkN, netuid); validator += 1) {
    const held = state.find(bonds, netuid, validator);
    if (held === undefined) continue;
    state.set(
      bonds,
      netuid,
      validator,
      held.filter(([miner]) => miner !== uid),
    );
  }
}
