import { rootProportion, NO_PENDING } from '../../pool/block-emission.ts';
import { epochEmission } from '../../pool/pay-out.ts';
import type { CallContext } from '../../runtime/call-context.ts';
import type { State } from '../../runtime/state.ts';
import { alpha, rao } from '#protocol/units.ts';
import { decayBurnPrices } from './burn-price.ts';
import { emitToSubnets, emittedSubnets, pendingOf, putPending } from './emit-block.ts';
import { isDue } from './epoch-schedule.ts';
import { movePrice } from './moving-price.ts';
import { payNeurons } from './pay-neurons.ts';
import { applyPendingChildren } from './pending-children.ts';
import { runEpoch } from './run-epoch.ts';
import { maxEpochsPerBlock } from './storage-epoch.ts';
import { SUBTENSOR } from './storage-item.ts';
import { taoWeight } from './storage-stake.ts';
import {
  blocksSinceLastStep,
  lastEpochBlock,
  lastMechanismStepBlock,
  pendingEpochAt,
  rootProp,
  subnetAlphaIn,
  subnetAlphaOut,
  subnetEpochIndex,
  subnetTao,
} from './storage-subnet.ts';
import { ROOT, subnets } from './subnets.ts';

/**
 * What SubtensorModule does by itself in each block, in the chain's order. Source:
 * pallets/subtensor/src/coinbase/block_step.rs, run_coinbase.rs (run_coinbase). Left out: timelocked weights, claims of root
 * dividends that happen by themselves, and that a subnet changes hands by locks.
 */
export function blockStep(context: CallContext): void {
  const { state, blockNumber } = context;
  decayBurnPrices(state, blockNumber);
  emitToSubnets(context);
  const due = dueSubnets(context);
  const drained = due.map((netuid) => ({ netuid, pending: pendingOf(state, netuid) }));
  for (const { netuid } of drained) putPending(state, netuid, NO_PENDING);
  for (const { netuid, pending } of drained) {
    payNeurons(context, netuid, pending, runEpoch(context, netuid, epochEmission(pending)));
    state.set(lastMechanismStepBlock, netuid, BigInt(blockNumber));
  }
  for (const netuid of emittedSubnets(state)) {
    movePrice(state, netuid, blockNumber);
    state.set(rootProp, netuid, { bits: rootPart(state, netuid) });
  }
  for (const netuid of due) applyPendingChildren(context, netuid);
}

/** Subnets whose epoch runs now. When too many end in one block, the others' wait for the next. */
function dueSubnets({ state, blockNumber, deposit }: CallContext): readonly number[] {
  const due: number[] = [];
  for (const netuid of subnets(state)) {
    if (netuid === ROOT) continue;
    state.set(blocksSinceLastStep, netuid, state.get(blocksSinceLastStep, netuid) + 1n);
    if (!isDue(state, netuid, blockNumber)) continue;
    if (due.length >= state.get(maxEpochsPerBlock)) {
      const toBlock = BigInt(blockNumber) + 1n;
      state.set(pendingEpochAt, netuid, toBlock);
      deposit(SUBTENSOR, 'EpochDeferred', { netuid, fromBlock: BigInt(blockNumber), toBlock });
      continue;
    }
    due.push(netuid);
    state.set(blocksSinceLastStep, netuid, 0n);
    state.set(lastEpochBlock, netuid, BigInt(blockNumber));
    state.set(pendingEpochAt, netuid, 0n);
    state.set(subnetEpochIndex, netuid, state.get(subnetEpochIndex, netuid) + 1n);
  }
  return due;
}

const rootPart = (state: State, netuid: number): bigint =>
  rootProportion(
    { tao: rao(state.get(subnetTao, ROOT)), taoWeight: state.get(taoWeight) },
    alpha(state.get(subnetAlphaIn, netuid) + state.get(subnetAlphaOut, netuid)),
  );
