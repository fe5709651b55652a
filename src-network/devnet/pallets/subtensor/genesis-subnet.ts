import { utf8 } from '#protocol/bytes.ts';
import { issue } from '../../runtime/money.ts';
import type { State } from '../../runtime/state.ts';
import { palSwapInitialized, swapBalancer } from '../swap/swap-storage.ts';
import { associateHotkey } from './hotkeys.ts';
import {
  burn,
  immunityPeriod,
  maxAllowedUids,
  maxAllowedValidators,
  minAllowedWeights,
  tempo,
} from './storage-parameters.ts';
import { totalStake } from './storage-stake.ts';
import {
  firstEmissionBlockNumber,
  networkRegisteredAt,
  networksAdded,
  registeredSubnetCounter,
  subnetAlphaIn,
  subnetLocked,
  subnetMechanism,
  subnetOwner,
  subnetOwnerHotkey,
  subnetTao,
  subtokenEnabled,
  tokenSymbol,
  totalNetworks,
} from './storage-subnet.ts';
import { subnetworkN } from './storage-neurons.ts';
import { subnetAccount } from './subnet-account.ts';
import { ROOT } from './subnets.ts';

/** Rao that the subnet registry's own registration of a neuron costs at first: 1 TAO (DefaultNeuronBurnCost). */
const FIRST_BURN_RAO = 1_000_000_000n;
const GREEK = 'αβγδεζηθικλμνξοπρσ';

export interface GenesisSubnet {
  /** From 1. */
  readonly netuid: number;
  readonly coldkey: Uint8Array;
  readonly hotkey: Uint8Array;
  /** Blocks of an epoch. */
  readonly tempo: number;
  /** What its pool holds; the price is tao ÷ alpha. The TAO is issued. */
  readonly taoRao: bigint;
  readonly alpha: bigint;
}

const silent = () => undefined;

/** The root subnet. Source: pallets/subtensor/src/macros/genesis.rs. */
export function foundRoot(state: State): void {
  found(state, ROOT, 100);
  state.set(maxAllowedUids, ROOT, 64);
  state.set(maxAllowedValidators, ROOT, 64);
  state.set(minAllowedWeights, ROOT, 0);
  state.set(tokenSymbol, ROOT, utf8('Τ'));
}

/**
 * A subnet as `register_network` and `start_call` leave it, but that its owner has no neuron and that it may be paid from the
 * first block on. Source: pallets/subtensor/src/subnets/subnet.rs (init_new_network, do_register_network).
 */
export function foundSubnet(state: State, subnet: GenesisSubnet): void {
  const { netuid, coldkey, hotkey, taoRao, alpha } = subnet;
  found(state, netuid, subnet.tempo);
  state.set(maxAllowedUids, netuid, 256);
  state.set(maxAllowedValidators, netuid, 64);
  state.set(minAllowedWeights, netuid, 1);
  state.set(immunityPeriod, netuid, 5000);
  state.set(burn, netuid, FIRST_BURN_RAO);
  state.set(tokenSymbol, netuid, utf8(GREEK[netuid - 1] ?? 'Τ'));

  associateHotkey(state, coldkey, hotkey);
  state.set(subnetOwner, netuid, coldkey);
  state.set(subnetOwnerHotkey, netuid, hotkey);
  state.set(registeredSubnetCounter, netuid, 1n);
  state.set(networkRegisteredAt, netuid, 0n);
  state.set(firstEmissionBlockNumber, netuid, 1n);

  state.set(subnetMechanism, netuid, 1);
  state.set(swapBalancer, netuid, state.get(swapBalancer, netuid));
  state.set(palSwapInitialized, netuid, true);
  issue({ state, deposit: silent }, subnetAccount(netuid), taoRao);
  state.set(subnetTao, netuid, taoRao);
  state.set(subnetAlphaIn, netuid, alpha);
  state.set(subnetLocked, netuid, taoRao);
  state.set(totalStake, state.get(totalStake) + taoRao);
}

function found(state: State, netuid: number, blocks: number): void {
  state.set(networksAdded, netuid, true);
  state.set(totalNetworks, state.get(totalNetworks) + 1);
  state.set(subnetworkN, netuid, 0);
  state.set(subtokenEnabled, netuid, true);
  state.set(tempo, netuid, blocks);
}
