import type { Pallet } from '../../metadata/pallet.ts';
import { blockStep } from './block-step.ts';
import { SUBTENSOR_ERRORS } from './errors.ts';
import { SUBTENSOR_EVENTS } from './events.ts';
import { REFUSED_CALLS } from './refused-calls.ts';
import { REGISTRATION_CALLS } from './registration-calls.ts';
import { STAKE_CALLS } from './stake-calls.ts';
import { CHILD_CALLS } from './child-calls.ts';
import { CHILD_STORAGE } from './storage-children.ts';
import { COLDKEY_SWAP_STORAGE } from './storage-coldkey-swap.ts';
import { EPOCH_STORAGE } from './storage-epoch.ts';
import { IDENTITY_STORAGE } from './storage-identity.ts';
import { LOCK_STORAGE } from './storage-lock.ts';
import { NEURON_STORAGE } from './storage-neurons.ts';
import { PARAMETER_STORAGE } from './storage-parameters.ts';
import { STAKE_STORAGE } from './storage-stake.ts';
import { SUBNET_STORAGE } from './storage-subnet.ts';
import { SUBTENSOR } from './storage-item.ts';

/** Everything of Bittensor: subnets, neurons, stake. What the devnet's does less than Subtensor's is in `refused-calls.ts`. */
export const subtensorModule: Pallet = {
  name: SUBTENSOR,
  index: 7,
  calls: { ...STAKE_CALLS, ...REGISTRATION_CALLS, ...CHILD_CALLS, ...REFUSED_CALLS.calls },
  events: SUBTENSOR_EVENTS,
  errors: { ...SUBTENSOR_ERRORS, ...REFUSED_CALLS.errors },
  storage: [
    ...STAKE_STORAGE,
    ...CHILD_STORAGE,
    ...SUBNET_STORAGE,
    ...NEURON_STORAGE,
    ...PARAMETER_STORAGE,
    ...EPOCH_STORAGE,
    ...IDENTITY_STORAGE,
    ...LOCK_STORAGE,
    ...COLDKEY_SWAP_STORAGE,
  ],
  constants: {},
  onInitialize: blockStep,
};
