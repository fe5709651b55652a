import { method, type RuntimeApi } from '../metadata/runtime-api.ts';
import { networkLastLockCost, networkMinLockCost } from '../pallets/subtensor/storage-epoch.ts';
import { rao64 } from '../pallets/subtensor/types.ts';

/**
 * Rao that founding a subnet costs: on this chain, where none is founded after genesis, the price never rises above the
 * first, and does not fall below it. Source: pallets/subtensor/src/coinbase/root.rs (get_network_lock_cost).
 */
export const subnetRegistrationApi: RuntimeApi = {
  name: 'SubnetRegistrationRuntimeApi',
  methods: {
    get_network_registration_cost: method({}, rao64, ({ state }) => {
      const [last, least] = [state.get(networkLastLockCost), state.get(networkMinLockCost)];
      return last > least ? last : least;
    }),
  },
};
