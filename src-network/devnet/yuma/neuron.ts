import type { WeightEntry } from '#protocol/chain/chain-client.ts';
import type { Uid } from '#protocol/ids.ts';
import type { Alpha } from '#protocol/units.ts';

/** What a validator has invested in a miner. */
export interface BondEntry {
  readonly uid: Uid;
  /** 0…65535, relative to the largest bond on that miner. */
  readonly bond: number;
}

/** What the chain holds of one uid before an epoch. Blocks are block numbers. */
export interface EpochNeuron {
  /** Alpha, own and inherited, plus what root stake adds to it (TAO × TaoWeight, rounded down). */
  readonly stake: Alpha;
  /** When it last set weights. */
  readonly lastUpdateBlock: number;
  readonly registeredAtBlock: number;
  readonly validatorPermit: boolean;
  /** 0…65535 each, no uid twice; entries for uids that do not exist do not count. */
  readonly weights: readonly WeightEntry[];
  readonly bonds: readonly BondEntry[];
}

/** What the epoch says of one uid. Proportions are u16: 65535 is 1. */
export interface NeuronTerms {
  readonly active: boolean;
  /** Share of all stake. */
  readonly stakeWeight: number;
  /** The weight that validators with more than `kappa` of the stake agree on. */
  readonly consensus: number;
  /** How much of its weights was within consensus. */
  readonly validatorTrust: number;
  readonly incentive: number;
  readonly dividends: number;
  /** Of the epoch's emission, for mining. */
  readonly serverEmission: Alpha;
  /** Of the epoch's emission, for validating: only its proportions count when the chain pays (see pool/pay-out.ts). */
  readonly validatorEmission: Alpha;
  /** Both together; the lowest is the first to lose its uid. */
  readonly emission: Alpha;
  readonly validatorPermit: boolean;
  readonly bonds: readonly BondEntry[];
}

export interface EpochParameters {
  /** Blocks between epochs. */
  readonly tempo: number;
  /** Blocks after which a validator that set no weights counts for nothing. */
  readonly activityCutoff: number;
  /** u16 proportion of the stake that must agree. */
  readonly kappa: number;
  /** Millionths of the old bonds that remain after an epoch. */
  readonly bondsMovingAverage: number;
  /** u16 proportion: 65535 lets only weights within consensus make bonds, 0 all of them. */
  readonly bondsPenalty: number;
  readonly maxAllowedValidators: number;
  /** Less stake counts as none. */
  readonly stakeThreshold: Alpha;
  /** The subnet owner's uid always has a permit, may weigh itself, and needs no threshold. */
  readonly ownerUid?: Uid;
}
