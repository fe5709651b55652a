import type { Uid } from '#protocol/ids.ts';
import { type Alpha, alpha } from '#protocol/units.ts';
import type { CallContext } from '../../runtime/call-context.ts';
import type { State } from '../../runtime/state.ts';
import { runYumaEpoch } from '../../yuma/epoch.ts';
import type { EpochNeuron, EpochParameters, NeuronTerms } from '../../yuma/neuron.ts';
import { countedStake } from './counted-stake.ts';
import { activityCutoffBlocks } from './epoch-schedule.ts';
import { lastUpdates } from './neuron-lists.ts';
import { ownerUid } from './owner-neurons.ts';
import { stakeWeight } from './storage-epoch.ts';
import { SUBTENSOR } from './storage-item.ts';
import {
  active,
  blockAtRegistration,
  bonds,
  consensus,
  dividends,
  emission,
  incentive,
  keys,
  subnetworkN,
  validatorPermit,
  validatorTrust,
  weights,
} from './storage-neurons.ts';
import {
  bondsMovingAverage,
  bondsPenalty,
  kappa,
  maxAllowedValidators,
  stakeThreshold,
  tempo,
} from './storage-parameters.ts';
import { lastMechanismStepBlock } from './storage-subnet.ts';
import { counts, oldestCommits } from './unrevealed-weights.ts';

/** Hotkeys by uid. */
export const hotkeysOf = (state: State, netuid: number): readonly Uint8Array[] =>
  Array.from({ length: state.get(subnetworkN, netuid) }, (_, uid) => state.get(keys, netuid, uid));

/**
 * Judges a subnet's neurons and writes down what they are worth; who pays them is `pay-neurons.ts`. Source:
 * pallets/subtensor/src/epoch/run_epoch.rs (persist_mechanism_epoch_terms, persist_netuid_epoch_terms). What it computes is
 * in `yuma/epoch.ts`: the first Yuma, of one mechanism, without liquid alpha, whatever the subnet's parameters say.
 */
export function runEpoch(context: CallContext, netuid: number, pay: Alpha): readonly NeuronTerms[] {
  const { state, blockNumber, deposit } = context;
  const terms = runYumaEpoch({
    ...{ block: blockNumber, emission: pay },
    lastEpochBlock: Number(state.get(lastMechanismStepBlock, netuid)),
    neurons: epochNeurons(state, netuid, blockNumber),
    parameters: epochParameters(state, netuid),
  });
  state.set(
    incentive,
    netuid,
    terms.map((each) => each.incentive),
  );
  const emissions = terms.map(({ serverEmission }) => serverEmission);
  deposit(SUBTENSOR, 'IncentiveAlphaEmittedToMiners', { netuid, emissions });
  terms.forEach((each, uid) => {
    state.set(
      bonds,
      netuid,
      uid,
      each.bonds.map(({ uid: miner, bond }) => [miner, bond] as const),
    );
  });
  persist(state, netuid, terms);
  return terms;
}

function persist(state: State, netuid: number, terms: readonly NeuronTerms[]): void {
  const all = <K extends keyof NeuronTerms>(name: K): NeuronTerms[K][] => terms.map((each) => each[name]);
  state.set(active, netuid, all('active'));
  state.set(emission, netuid, all('emission'));
  state.set(consensus, netuid, all('consensus'));
  state.set(dividends, netuid, all('dividends'));
  state.set(validatorTrust, netuid, all('validatorTrust'));
  state.set(validatorPermit, netuid, all('validatorPermit'));
  state.set(stakeWeight, netuid, all('stakeWeight'));
}

/** What an epoch of this block sees. */
function epochNeurons(state: State, netuid: number, block: number): readonly EpochNeuron[] {
  const permits = state.get(validatorPermit, netuid);
  const updates = lastUpdates(state, netuid);
  const commits = oldestCommits(state, netuid, block);
  const registered = (uid: number): number => Number(state.get(blockAtRegistration, netuid, uid));
  return hotkeysOf(state, netuid).map((hotkey, uid): EpochNeuron => ({
    stake: alpha(countedStake(state, netuid, hotkey)),
    lastUpdateBlock: Number(updates[uid] ?? 0n),
    registeredAtBlock: registered(uid),
    validatorPermit: permits[uid] ?? false,
    weights: state
      .get(weights, netuid, uid)
      .filter(([miner]) => counts(commits.get(uid), registered(miner)))
      .map(([miner, weight]) => ({ uid: miner as Uid, weight })),
    bonds: state.get(bonds, netuid, uid).map(([miner, bond]) => ({ uid: miner as Uid, bond })),
  }));
}

function epochParameters(state: State, netuid: number): EpochParameters {
  const owner = ownerUid(state, netuid);
  return {
    tempo: state.get(tempo, netuid),
    activityCutoff: activityCutoffBlocks(state, netuid),
    kappa: state.get(kappa, netuid),
    bondsMovingAverage: Number(state.get(bondsMovingAverage, netuid)),
    bondsPenalty: state.get(bondsPenalty, netuid),
    maxAllowedValidators: state.get(maxAllowedValidators, netuid),
    stakeThreshold: alpha(state.get(stakeThreshold)),
    ...(owner !== undefined && { ownerUid: owner }),
  };
}
