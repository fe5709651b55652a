import { fixedArray, option, vec } from '../scale/composites.ts';
import { accountId, compactU16, compactU64, u16, u64 } from '../scale/primitives.ts';
import { method, type RuntimeApi } from '../metadata/runtime-api.ts';
import { nextEpochBlock } from '../pallets/subtensor/epoch-schedule.ts';
import { autoStakeDestination } from '../pallets/subtensor/storage-stake.ts';
import { blocksSinceLastStep } from '../pallets/subtensor/storage-subnet.ts';
import { subnetAccount } from '../pallets/subtensor/subnet-account.ts';
import { netUid } from '../pallets/subtensor/types.ts';
import { hyperparams, hyperparamsOf } from './hyperparameters.ts';
import { MECHAGRAPH_METHODS } from './mechagraph.ts';
import type { MetagraphField } from './metagraph-fields.ts';
import { metagraph, metagraphOf, selectiveMetagraph, selectiveMetagraphOf } from './metagraph.ts';
import { OLD_HYPERPARAMETER_METHODS } from './old-hyperparameters.ts';
import { SUBNET_STATE_METHODS } from './subnet-state.ts';
import { always, ask, ofAll, readAll, same, sameAs, type SubnetFields, typeOf } from './subnet-view.ts';

const NETUID: MetagraphField = { type: compactU16, read: ({ netuid }) => netuid };

const SCALING_LAW_POWER = 50;

/** Source: pallets/subtensor/src/rpc_info/subnet_info.rs (SubnetInfo). */
const SUBNET_INFO: SubnetFields = {
  netuid: NETUID,
  ...same('rho', 'kappa', 'difficulty', 'immunityPeriod'),
  ...sameAs({ maxAllowedValidators: 'maxValidators' }),
  ...same('minAllowedWeights', 'maxWeightsLimit'),
  scalingLawPower: always(compactU16, SCALING_LAW_POWER),
  ...sameAs({ subnetworkN: 'numUids', maxAllowedUids: 'maxUids' }),
  blocksSinceLastStep: { type: compactU64, read: ({ state, netuid }) => state.get(blocksSinceLastStep, netuid) },
  ...same('tempo'),
  networkModality: always(compactU16, 0),
  networkConnect: always(vec(fixedArray(u16, 2)), []),
};
const SUBNET_INFO_V1: SubnetFields = {
  ...SUBNET_INFO,
  emissionValues: always(compactU64, 0n),
  ...same('burn'),
  ...sameAs({ owner: 'ownerColdkey' }),
};
const SUBNET_INFO_V2: SubnetFields = {
  ...SUBNET_INFO,
  emissionValue: always(compactU64, 0n),
  ...same('burn'),
  ...sameAs({ owner: 'ownerColdkey' }),
  ...same('identity'),
};

/** Source: pallets/subtensor/src/rpc_info/dynamic_info.rs. */
const DYNAMIC_INFO: SubnetFields = {
  netuid: NETUID,
  ...same('ownerHotkey', 'ownerColdkey'),
  ...sameAs({ subnetName: 'name', tokenSymbol: 'symbol' }),
  ...same('tempo', 'lastStep', 'blocksSinceLastStep'),
  emission: always(compactU64, 0n),
  ...same('alphaIn', 'alphaOut', 'taoIn', 'alphaOutEmission', 'alphaInEmission', 'taoInEmission'),
  ...same('pendingAlphaEmission', 'pendingRootEmission', 'subnetVolume', 'networkRegisteredAt'),
  ...sameAs({ subnetIdentity: 'identity' }),
  ...same('movingPrice'),
};

const subnetInfo = typeOf('subnet_info::SubnetInfo', SUBNET_INFO_V1);
const subnetInfoV2 = typeOf('subnet_info::SubnetInfov2', SUBNET_INFO_V2);
const dynamicInfo = typeOf('dynamic_info::DynamicInfo', DYNAMIC_INFO);

const ofOne = { netuid: netUid };

/** What subnets are and how they fare. Source: pallets/subtensor/runtime-api/src/lib.rs. */
export const subnetInfoApi: RuntimeApi = {
  name: 'SubnetInfoRuntimeApi',
  methods: {
    get_subnet_info: method(ofOne, option(subnetInfo), (context, { netuid }) =>
      ask(context, netuid, (view) => readAll(SUBNET_INFO_V1, view)),
    ),
    get_subnets_info: method({}, vec(option(subnetInfo)), (context) =>
      ofAll(context, (view) => readAll(SUBNET_INFO_V1, view)),
    ),
    get_subnet_info_v2: method(ofOne, option(subnetInfoV2), (context, { netuid }) =>
      ask(context, netuid, (view) => readAll(SUBNET_INFO_V2, view)),
    ),
    get_subnets_info_v2: method({}, vec(option(subnetInfoV2)), (context) =>
      ofAll(context, (view) => readAll(SUBNET_INFO_V2, view)),
    ),
    get_subnet_hyperparams_v3: method(ofOne, option(hyperparams), (context, { netuid }) =>
      ask(context, netuid, ({ state }) => hyperparamsOf(state, netuid)),
    ),
    get_dynamic_info: method(ofOne, option(dynamicInfo), (context, { netuid }) =>
      ask(context, netuid, (view) => readAll(DYNAMIC_INFO, view)),
    ),
    get_all_dynamic_info: method({}, vec(option(dynamicInfo)), (context) =>
      ofAll(context, (view) => readAll(DYNAMIC_INFO, view)),
    ),
    get_metagraph: method(ofOne, option(metagraph), (context, { netuid }) => ask(context, netuid, metagraphOf)),
    get_all_metagraphs: method({}, vec(option(metagraph)), (context) => ofAll(context, metagraphOf)),
    ...MECHAGRAPH_METHODS,
    ...OLD_HYPERPARAMETER_METHODS,
    ...SUBNET_STATE_METHODS,
    get_selective_metagraph: method(
      { netuid: netUid, metagraphIndexes: vec(u16) },
      option(selectiveMetagraph),
      (context, { netuid, metagraphIndexes }) =>
        ask(context, netuid, (view) => selectiveMetagraphOf(view, metagraphIndexes)),
    ),
    get_coldkey_auto_stake_hotkey: method(
      { coldkey: accountId, netuid: netUid },
      option(accountId),
      ({ state }, { coldkey, netuid }) => state.find(autoStakeDestination, coldkey, netuid),
    ),
    get_subnet_account_id: method(ofOne, option(accountId), (context, { netuid }) =>
      ask(context, netuid, () => subnetAccount(netuid)),
    ),
    get_next_epoch_start_block: method(ofOne, option(u64), ({ state }, { netuid }) => nextEpochBlock(state, netuid)),
  },
};
