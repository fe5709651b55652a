import { alpha, rao } from '#protocol/units.ts';
import { type BlockEmissionResult, emitBlock, type PendingEmission } from '../../pool/block-emission.ts';
import { emissionPerBlock } from '../../pool/halving.ts';
import { attempt } from '../../runtime/attempt.ts';
import type { CallContext } from '../../runtime/call-context.ts';
import { issue } from '../../runtime/money.ts';
import type { State } from '../../runtime/state.ts';
import { swapBalancer } from '../swap/swap-storage.ts';
import { splitBlockEmission } from './emission-shares.ts';
import { poolOf } from './market.ts';
import { movingPriceBits } from './moving-price.ts';
import { minerBurned } from './storage-epoch.ts';
import { networkRegistrationAllowed, ownerCutEnabled, subnetOwnerCut } from './storage-parameters.ts';
import { taoWeight, totalIssuance, totalStake } from './storage-stake.ts';
import {
  blockEmission,
  firstEmissionBlockNumber,
  pendingOwnerCut,
  pendingRootAlphaDivs,
  pendingServerEmission,
  pendingValidatorEmission,
  subnetAlphaIn,
  subnetAlphaInEmission,
  subnetAlphaOut,
  subnetAlphaOutEmission,
  subnetEmissionEnabled,
  subnetExcessTao,
  subnetProtocolAlpha,
  subnetTao,
  subnetTaoInEmission,
  subnetVolume,
  subtokenEnabled,
} from './storage-subnet.ts';
import { subnetAccount } from './subnet-account.ts';
import { ROOT, subnets } from './subnets.ts';

const ONE = 1n << 64n;

/** Those that started and are open. Source: pallets/subtensor/src/coinbase/subnet_emissions.rs (get_subnets_to_emit_to). */
export const emittedSubnets = (state: State): readonly number[] =>
  subnets(state).filter(
    (netuid) =>
      netuid !== ROOT &&
      state.find(firstEmissionBlockNumber, netuid) !== undefined &&
      state.get(subtokenEnabled, netuid) &&
      state.get(networkRegistrationAllowed, netuid),
  );

/**
 * Makes a block's TAO and each subnet's alpha: into the pools, and into what waits for the epochs. Source:
 * pallets/subtensor/src/coinbase/run_coinbase.rs (emit_to_subnets, inject_and_maybe_swap); what it computes is in
 * `pool/block-emission.ts`. Less than what an account needs cannot be the first that a subnet gets, and is not issued.
 */
export function emitToSubnets(context: CallContext): void {
  const { state } = context;
  const emitted = emittedSubnets(state);
  const blockRao = emissionPerBlock(state.get(totalIssuance));
  if (state.get(blockEmission) !== blockRao) state.set(blockEmission, blockRao);
  const shares = splitBlockEmission(
    emitted.map((netuid) => ({
      netuid,
      movingPriceBits: movingPriceBits(state, netuid),
      withheldBits: state.get(minerBurned, netuid).bits << 32n,
      isEnabled: state.get(subnetEmissionEnabled, netuid),
    })),
    blockRao,
  );
  const rootSells = emitted.reduce((sum, netuid) => sum + movingPriceBits(state, netuid), 0n) > ONE;
  emitted.forEach((netuid, index) => emitToSubnet(context, netuid, shares[index] ?? 0n, rootSells));
}

function emitToSubnet(context: CallContext, netuid: number, tao: bigint, rootSells: boolean): void {
  const { state } = context;
  const pending = pendingOf(state, netuid);
  const result = emitBlock({
    ...{ pool: poolOf(state, netuid), pending, tao: rao(tao) },
    alphaIssuance: alpha(state.get(subnetAlphaIn, netuid) + state.get(subnetAlphaOut, netuid)),
    root: { tao: rao(state.get(subnetTao, ROOT)), taoWeight: state.get(taoWeight) },
    ownerCut: state.get(ownerCutEnabled, netuid) ? state.get(subnetOwnerCut) : 0,
    rootSells: true, // what is not sold must be known too: it ceases to be
  });
  const issued = result.taoIn + result.taoSpent;
  const paid = attempt(context, (layer) => issue(layer, subnetAccount(netuid), issued));
  if (paid) putPool(state, netuid, result);
  const rootPart = result.pending.root - pending.root;
  putPending(state, netuid, rootSells ? result.pending : { ...result.pending, root: pending.root });
  add(state, netuid, subnetAlphaOut, result.alphaOut - (rootSells ? 0n : rootPart));
  state.set(subnetAlphaOutEmission, netuid, result.alphaOut);
}

function putPool(state: State, netuid: number, result: BlockEmissionResult): void {
  const { pool, taoIn, alphaIn, taoSpent, alphaBought } = result;
  state.set(subnetTao, netuid, pool.tao);
  state.set(subnetAlphaIn, netuid, pool.alpha);
  if (pool.quoteWeight !== state.get(swapBalancer, netuid).quote) {
    state.set(swapBalancer, netuid, { quote: pool.quoteWeight });
  }
  state.set(subnetTaoInEmission, netuid, taoIn);
  state.set(subnetAlphaInEmission, netuid, alphaIn);
  state.set(subnetExcessTao, netuid, taoSpent);
  add(state, netuid, subnetAlphaOut, alphaBought);
  add(state, netuid, subnetProtocolAlpha, alphaBought);
  add(state, netuid, subnetVolume, taoSpent);
  state.set(totalStake, state.get(totalStake) + taoIn + taoSpent);
}

function add(state: State, netuid: number, item: typeof subnetAlphaOut, amount: bigint): void {
  if (amount !== 0n) state.set(item, netuid, state.get(item, netuid) + amount);
}

/** What waits for a subnet's epoch. */
export const pendingOf = (state: State, netuid: number): PendingEmission => ({
  server: alpha(state.get(pendingServerEmission, netuid)),
  validator: alpha(state.get(pendingValidatorEmission, netuid)),
  root: alpha(state.get(pendingRootAlphaDivs, netuid)),
  ownerCut: alpha(state.get(pendingOwnerCut, netuid)),
});

export function putPending(state: State, netuid: number, { server, validator, root, ownerCut }: PendingEmission): void {
  state.set(pendingServerEmission, netuid, server);
  state.set(pendingValidatorEmission, netuid, validator);
  state.set(pendingRootAlphaDivs, netuid, root);
  state.set(pendingOwnerCut, netuid, ownerCut);
}
