import { option, struct, tuple, vec } from '../scale/composites.ts';
import { accountId, bool, compactU16, compactU64, u16 } from '../scale/primitives.ts';
import type { ValueOf } from '../scale/scale-type.ts';
import { method, type RuntimeApi } from '../metadata/runtime-api.ts';
import { lastUpdates } from '../pallets/subtensor/neuron-lists.ts';
import { stakeOfHotkey } from '../pallets/subtensor/share-pool.ts';
import {
  active,
  axons,
  bonds,
  consensus,
  dividends,
  emission,
  incentive,
  keys,
  prometheus,
  subnetworkN,
  validatorPermit,
  validatorTrust,
  weights,
} from '../pallets/subtensor/storage-neurons.ts';
import { owner } from '../pallets/subtensor/storage-stake.ts';
import { networksAdded } from '../pallets/subtensor/storage-subnet.ts';
import { axonInfo, netUid, prometheusInfo } from '../pallets/subtensor/types.ts';
import type { State } from '../runtime/state.ts';

const head = {
  hotkey: accountId,
  coldkey: accountId,
  uid: compactU16,
  netuid: compactU16,
  active: bool,
  axonInfo,
  prometheusInfo,
  stake: vec(tuple(accountId, compactU64)),
  rank: compactU16,
  emission: compactU64,
  incentive: compactU16,
  consensus: compactU16,
  trust: compactU16,
  validatorTrust: compactU16,
  dividends: compactU16,
  lastUpdate: compactU64,
  validatorPermit: bool,
};
const row = vec(tuple(compactU16, compactU16));
const PATH = 'pallet_subtensor::rpc_info::neuron_info';
const neuronInfo = struct(`${PATH}::NeuronInfo`, { ...head, weights: row, bonds: row, pruningScore: compactU16 });
const neuronInfoLite = struct(`${PATH}::NeuronInfoLite`, { ...head, pruningScore: compactU16 });
type NeuronInfo = ValueOf<typeof neuronInfo>;

/** Of a hotkey that listens nowhere. */
export const NO_AXON: ValueOf<typeof axonInfo> = {
  ...{ block: 0n, version: 0, ip: 0n, port: 0, ipType: 0, protocol: 0, placeholder1: 0, placeholder2: 0 },
};
const NO_PROMETHEUS: ValueOf<typeof prometheusInfo> = { block: 0n, version: 0, ip: 0n, port: 0, ipType: 0 };

/** Scores that are no longer computed: these are always 0, and the last is always the largest. */
const RETIRED = { rank: 0, trust: 0, pruningScore: 65_535 };

function neuronOf(state: State, netuid: number, uid: number): NeuronInfo | undefined {
  const hotkey = state.find(keys, netuid, uid);
  if (hotkey === undefined || !state.get(networksAdded, netuid)) return undefined;
  const coldkey = state.get(owner, hotkey);
  return {
    ...{ hotkey, coldkey, uid, netuid, ...RETIRED },
    active: state.get(active, netuid)[uid] ?? false,
    axonInfo: state.find(axons, netuid, hotkey) ?? NO_AXON,
    prometheusInfo: state.find(prometheus, netuid, hotkey) ?? NO_PROMETHEUS,
    // All that is staked with the hotkey, as if it were its coldkey's.
    stake: [[coldkey, stakeOfHotkey(state, hotkey, netuid)]],
    emission: state.get(emission, netuid)[uid] ?? 0n,
    incentive: state.get(incentive, netuid)[uid] ?? 0,
    consensus: state.get(consensus, netuid)[uid] ?? 0,
    validatorTrust: state.get(validatorTrust, netuid)[uid] ?? 0,
    dividends: state.get(dividends, netuid)[uid] ?? 0,
    lastUpdate: lastUpdates(state, netuid)[uid] ?? 0n,
    validatorPermit: state.get(validatorPermit, netuid)[uid] ?? false,
    weights: state.get(weights, netuid, uid).filter(([, weight]) => weight > 0),
    bonds: state.get(bonds, netuid, uid).filter(([, bond]) => bond > 0),
  };
}

const neuronsOf = (state: State, netuid: number): readonly NeuronInfo[] =>
  Array.from({ length: state.get(subnetworkN, netuid) }, (_, uid) => neuronOf(state, netuid, uid)).filter(
    (neuron) => neuron !== undefined,
  );

/** A subnet's neurons. Source: pallets/subtensor/src/rpc_info/neuron_info.rs. */
export const neuronInfoApi: RuntimeApi = {
  name: 'NeuronInfoRuntimeApi',
  methods: {
    get_neurons: method({ netuid: netUid }, vec(neuronInfo), ({ state }, { netuid }) => neuronsOf(state, netuid)),
    get_neuron: method({ netuid: netUid, uid: u16 }, option(neuronInfo), ({ state }, { netuid, uid }) =>
      neuronOf(state, netuid, uid),
    ),
    get_neurons_lite: method({ netuid: netUid }, vec(neuronInfoLite), ({ state }, { netuid }) =>
      neuronsOf(state, netuid),
    ),
    get_neuron_lite: method({ netuid: netUid, uid: u16 }, option(neuronInfoLite), ({ state }, { netuid, uid }) =>
      neuronOf(state, netuid, uid),
    ),
  },
};
