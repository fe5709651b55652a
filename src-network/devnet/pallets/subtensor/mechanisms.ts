import type { State } from '../../runtime/state.ts';
import { mechanismCountCurrent } from './storage-parameters.ts';
import { networksAdded } from './storage-subnet.ts';
import { ensure } from './validate-stake.ts';

/** A subnet's first mechanism, of which alone this chain runs epochs. */
export const FIRST_MECHANISM = 0;

/** One of the ways in which a subnet judges its neurons. */
export interface Mechanism {
  readonly netuid: number;
  readonly mecid: number;
}

/** Source: pallets/subtensor/src/subnets/mechanism.rs (ensure_mechanism_exists). @throws DispatchFailure MechanismDoesNotExist */
export function requireMechanism(state: State, netuid: number, mecid: number): void {
  ensure(state.get(networksAdded, netuid), 'MechanismDoesNotExist');
  ensure(mecid < state.get(mechanismCountCurrent, netuid), 'MechanismDoesNotExist');
}
