import type { Commitment, Neuron, WeightEntry } from '#protocol/chain/chain-client.ts';
import type { Coldkey, Hotkey, Uid } from '#protocol/ids.ts';
import { type Rao, ZERO_RAO } from '#protocol/units.ts';

/** Set at genesis, never changed. */
interface ChainParameters {
  readonly name: string;
  readonly blockMs: number;
  readonly netuid: number;
  readonly tempo: number;
  readonly emissionPerBlockRao: Rao;
  readonly ownerHotkey: Hotkey;
  readonly ownerColdkey: Coldkey;
}

/**
 * Everything that the chain's rules look at. Each field is a section: replaced as a whole when it changes, never mutated, so
 * that identity tells which sections a block touched.
 */
export interface ChainState {
  readonly parameters: ChainParameters;
  /** Free balances; an account without money has no entry. */
  readonly balances: ReadonlyMap<Coldkey, Rao>;
  /** Index = uid. In this first form nobody is ever deregistered. */
  readonly neurons: readonly Neuron[];
  readonly weights: ReadonlyMap<Uid, ValidatorWeights>;
  readonly commitments: ReadonlyMap<Hotkey, Commitment>;
  /** Number of included calls by signer address. */
  readonly nonces: ReadonlyMap<string, number>;
}

/** The newest weights of a validator. */
export interface ValidatorWeights {
  /** Block that included them: old ones do not count. */
  readonly block: number;
  readonly entries: readonly WeightEntry[];
}

export interface ChainHeader {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  readonly timestampMs: number;
  readonly extrinsicsRoot: string;
  readonly stateRoot: string;
  /** Random, 16 bytes as hex: makes the hash, which seeds a round, unpredictable. */
  readonly salt: string;
}

/** The chain up to its newest block. */
export interface ChainTip {
  readonly genesisHash: string;
  readonly head: ChainHeader;
  readonly state: ChainState;
}

/** As on a subnet of Bittensor. */
export const MAX_NEURONS = 256;

/** A u64 must hold all the money there is. */
export const MAX_ISSUANCE_RAO = (1n << 64n) - 1n;

export const balanceOf = (state: ChainState, account: Coldkey): Rao => state.balances.get(account) ?? ZERO_RAO;
export const nonceOf = (state: ChainState, account: string): number => state.nonces.get(account) ?? 0;

export const neuronOf = (state: ChainState, hotkey: Hotkey): Neuron | undefined =>
  state.neurons.find((neuron) => neuron.hotkey === hotkey);

/** All free money, rao. Stake is counted apart: it was there at genesis and never moves in this first form. */
export function totalBalanceRao(state: ChainState): bigint {
  let sum = 0n;
  for (const amount of state.balances.values()) sum += amount;
  return sum;
}
