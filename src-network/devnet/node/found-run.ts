import { RAO_PER_TAO } from '#protocol/units.ts';
import { publicKeyOf } from '#protocol/keys.ts';
import { foundRoot, foundSubnet } from '../pallets/subtensor/genesis-subnet.ts';
import { associateHotkey } from '../pallets/subtensor/hotkeys.ts';
import { setAt } from '../pallets/subtensor/neuron-lists.ts';
import { appendNeuron } from '../pallets/subtensor/neuron-slots.ts';
import { addStake } from '../pallets/subtensor/share-pool.ts';
import { validatorPermit } from '../pallets/subtensor/storage-neurons.ts';
import {
  burn,
  burnIncreaseMult,
  commitRevealWeightsEnabled,
  maxRegistrationsPerBlock,
  minBurn,
  weightsSetRateLimit,
} from '../pallets/subtensor/storage-parameters.ts';
import { subnetAlphaOut, subnetMovingPrice } from '../pallets/subtensor/storage-subnet.ts';
import type { State } from '../runtime/state.ts';

export interface RunGenesis {
  readonly netuid: number;
  /** Blocks of an epoch. */
  readonly tempo: number;
  readonly ownerColdkey: string;
  readonly ownerHotkey: string;
  readonly validators: readonly {
    readonly hotkey: string;
    readonly coldkey: string;
    readonly stakeAlpha: bigint;
  }[];
}

/** What the subnet's pool begins with: one alpha is worth 0.1 TAO. */
const POOL = { taoRao: 10_000n * RAO_PER_TAO, alpha: 100_000n * RAO_PER_TAO };
/** A registration costs 0.001 TAO, however many there are. */
const BURN_RAO = RAO_PER_TAO / 1_000n;
const ONE_U64F64 = 1n << 64n;
const I96F32_ONE = 1n << 32n;

/**
 * A training run's subnet in the state of block 0: its owner, and its first validators with neuron, stake and permit, as if they
 * had been there for an epoch. So that a devnet does in minutes what the chain does in days, weights are open, are taken in every
 * block, and registering keeps its price.
 */
export function foundRun(state: State, { netuid, tempo, ownerColdkey, ownerHotkey, validators }: RunGenesis): void {
  foundRoot(state);
  const [coldkey, hotkey] = [publicKeyOf(ownerColdkey), publicKeyOf(ownerHotkey)];
  foundSubnet(state, { netuid, tempo, coldkey, hotkey, ...POOL });
  state.set(burn, netuid, BURN_RAO);
  state.set(minBurn, netuid, BURN_RAO);
  state.set(burnIncreaseMult, netuid, { bits: ONE_U64F64 });
  state.set(maxRegistrationsPerBlock, netuid, 256);
  state.set(commitRevealWeightsEnabled, netuid, false);
  state.set(weightsSetRateLimit, netuid, 0n);
  // Else it would be paid nothing until the average of its price has grown, 150 blocks later.
  state.set(subnetMovingPrice, netuid, { bits: I96F32_ONE / 10n });
  for (const validator of validators) {
    const keys = { coldkey: publicKeyOf(validator.coldkey), hotkey: publicKeyOf(validator.hotkey) };
    const amount = validator.stakeAlpha;
    associateHotkey(state, keys.coldkey, keys.hotkey);
    const uid = appendNeuron(state, { netuid, hotkey: keys.hotkey, block: 0 });
    addStake(state, { ...keys, netuid }, amount);
    state.set(subnetAlphaOut, netuid, state.get(subnetAlphaOut, netuid) + amount);
    if (amount > 0n) setAt(state, validatorPermit, netuid, uid, true);
  }
}
