import type { State } from '../../runtime/state.ts';
import { isEpochDue } from '../../pool/pay-out.ts';
import { activityCutoffFactorMilli, tempo } from './storage-parameters.ts';
import { blocksSinceLastStep, lastEpochBlock, pendingEpochAt, subnetEpochIndex } from './storage-subnet.ts';

/** Blocks after which an epoch runs in any case. Source: pallets/subtensor/src/lib.rs (MAX_TEMPO). */
const MAX_TEMPO = 50_400n;

/** Whether a subnet's epoch runs in this block. Source: pallets/subtensor/src/coinbase/run_coinbase.rs (should_run_epoch). */
export function isDue(state: State, netuid: number, block: number): boolean {
  const blocks = state.get(tempo, netuid);
  if (blocks === 0) return false;
  const pending = state.get(pendingEpochAt, netuid);
  if (pending > 0n && BigInt(block) >= pending) return true;
  if (state.get(blocksSinceLastStep, netuid) > MAX_TEMPO) return true;
  return isEpochDue(block, Number(state.get(lastEpochBlock, netuid)), blocks);
}

/** The block of the next epoch; `undefined` for a subnet that has none. Source: run_coinbase.rs (get_next_epoch_start_block). */
export function nextEpochBlock(state: State, netuid: number): bigint | undefined {
  const blocks = state.get(tempo, netuid);
  if (blocks === 0) return undefined;
  const next = state.get(lastEpochBlock, netuid) + BigInt(blocks);
  const pending = state.get(pendingEpochAt, netuid);
  return pending > 0n && pending < next ? pending : next;
}

/**
 * The epoch that something of this block belongs to: the next one when its end has come and waits for a later block.
 * Source: subnets/weights.rs (current_epoch_with_lookahead).
 */
export const currentEpoch = (state: State, netuid: number, block: number): bigint =>
  state.get(subnetEpochIndex, netuid) + (isDue(state, netuid, block) ? 1n : 0n);

/** Blocks after which a validator without new weights counts for nothing. Source: utils/misc.rs (get_activity_cutoff_blocks). */
export const activityCutoffBlocks = (state: State, netuid: number): number =>
  Math.max(1, Math.floor((state.get(activityCutoffFactorMilli, netuid) * state.get(tempo, netuid)) / 1000));
