import type { Uid } from '#protocol/ids.ts';
import { alpha } from '#protocol/units.ts';
import type { EpochNeuron, EpochParameters } from '#network/devnet/yuma/neuron.ts';

/** As on the chain unless a subnet's owner changes them. */
export const parameters: EpochParameters = {
  tempo: 360,
  activityCutoff: 5000,
  kappa: 32_767,
  bondsMovingAverage: 900_000,
  bondsPenalty: 65_535,
  maxAllowedValidators: 64,
  stakeThreshold: alpha(0),
};

export const uid = (index: number): Uid => index as Uid;

/** What a neuron has is left out where it does not matter; weights and bonds are by uid. */
export interface NeuronSketch {
  readonly stake?: bigint;
  readonly lastUpdateBlock?: number;
  readonly registeredAtBlock?: number;
  readonly validatorPermit?: boolean;
  readonly weights?: Readonly<Record<number, number>>;
  readonly bonds?: Readonly<Record<number, number>>;
}

export const neuron = (sketch: NeuronSketch): EpochNeuron => ({
  stake: alpha(sketch.stake ?? 0n),
  lastUpdateBlock: sketch.lastUpdateBlock ?? 0,
  registeredAtBlock: sketch.registeredAtBlock ?? 0,
  validatorPermit: sketch.validatorPermit ?? false,
  weights: Object.entries(sketch.weights ?? {}).map(([to, weight]) => ({ uid: uid(Number(to)), weight })),
  bonds: Object.entries(sketch.bonds ?? {}).map(([to, bond]) => ({ uid: uid(Number(to)), bond })),
});
