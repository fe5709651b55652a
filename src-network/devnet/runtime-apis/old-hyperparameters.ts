import { option } from '../scale/composites.ts';
import { bool, compactU16 } from '../scale/primitives.ts';
import { method, type RuntimeMethod } from '../metadata/runtime-api.ts';
import * as parameters from '../pallets/subtensor/storage-parameters.ts';
import { subtokenEnabled, transferToggle } from '../pallets/subtensor/storage-subnet.ts';
import { i32f32, netUid } from '../pallets/subtensor/types.ts';
import { always, ask, readAll, same, type SubnetFields, typeOf } from './subnet-view.ts';

const PLACES = 32n;

/** Source: pallets/subtensor/src/rpc_info/subnet_info.rs (SubnetHyperparams). */
const FIRST: SubnetFields = {
  ...same('rho', 'kappa', 'immunityPeriod', 'minAllowedWeights', 'maxWeightsLimit', 'tempo', 'minDifficulty'),
  ...same('maxDifficulty', 'weightsVersion', 'weightsRateLimit', 'adjustmentInterval', 'activityCutoff'),
  ...same('registrationAllowed', 'targetRegsPerInterval', 'minBurn', 'maxBurn', 'bondsMovingAvg', 'maxRegsPerBlock'),
  ...same('servingRateLimit', 'maxValidators', 'adjustmentAlpha', 'difficulty', 'commitRevealPeriod'),
  ...same('commitRevealWeightsEnabled', 'alphaHigh', 'alphaLow', 'liquidAlphaEnabled'),
};
/** Source: subnet_info.rs (SubnetHyperparamsV2). */
const SECOND: SubnetFields = {
  ...FIRST,
  alphaSigmoidSteepness: {
    type: i32f32,
    read: ({ state, netuid }) => ({ bits: BigInt(state.get(parameters.alphaSigmoidSteepness, netuid)) << PLACES }),
  },
  yumaVersion: { type: compactU16, read: ({ state, netuid }) => (state.get(parameters.yuma3On, netuid) ? 3 : 2) },
  subnetIsActive: { type: bool, read: ({ state, netuid }) => state.get(subtokenEnabled, netuid) },
  transfersEnabled: { type: bool, read: ({ state, netuid }) => state.get(transferToggle, netuid) },
  bondsResetEnabled: { type: bool, read: ({ state, netuid }) => state.get(parameters.bondsResetOn, netuid) },
  userLiquidityEnabled: always(bool, false),
};

const reading = (path: string, fields: SubnetFields): RuntimeMethod =>
  method({ netuid: netUid }, option(typeOf(path, fields)), (context, { netuid }) =>
    ask(context, netuid, (view) => readAll(fields, view)),
  );

/** Hyperparameters as fields, for clients that do not know the list by name yet. */
export const OLD_HYPERPARAMETER_METHODS: Readonly<Record<string, RuntimeMethod>> = {
  get_subnet_hyperparams: reading('subnet_info::SubnetHyperparams', FIRST),
  get_subnet_hyperparams_v2: reading('subnet_info::SubnetHyperparamsV2', SECOND),
};
