import { option, vec } from '../scale/composites.ts';
import { compactU16, compactU64 } from '../scale/primitives.ts';
import { method, type RuntimeMethod } from '../metadata/runtime-api.ts';
import { movingPriceBits } from '../pallets/subtensor/moving-price.ts';
import { hotkeysOf } from '../pallets/subtensor/run-epoch.ts';
import { networkImmunityPeriod } from '../pallets/subtensor/storage-parameters.ts';
import { lastHotkeyEmissionOnNetuid } from '../pallets/subtensor/storage-stake.ts';
import { networkRegisteredAt } from '../pallets/subtensor/storage-subnet.ts';
import { ROOT, subnets } from '../pallets/subtensor/subnets.ts';
import { netUid } from '../pallets/subtensor/types.ts';
import type { State } from '../runtime/state.ts';
import { ask, readAll, same, type SubnetFields, typeOf } from './subnet-view.ts';

/** Source: pallets/subtensor/src/rpc_info/show_subnet.rs (SubnetState). */
const SUBNET_STATE: SubnetFields = {
  netuid: { type: compactU16, read: ({ netuid }) => netuid },
  ...same('hotkeys', 'coldkeys', 'active', 'validatorPermit', 'pruningScore', 'lastUpdate', 'emission', 'dividends'),
  ...same('incentives', 'consensus', 'trust', 'rank', 'blockAtRegistration', 'alphaStake', 'taoStake', 'totalStake'),
  /** By subnet, for each hotkey; nothing writes it any more, on the chain either. */
  emissionHistory: {
    type: vec(vec(compactU64)),
    read: ({ state, netuid }) =>
      subnets(state).map((of) =>
        hotkeysOf(state, netuid).map((hotkey) => state.get(lastHotkeyEmissionOnNetuid, hotkey, of)),
      ),
  },
};
const subnetState = typeOf('show_subnet::SubnetState', SUBNET_STATE);

/** The one that goes next when there are too many: the cheapest that is not immune. Source: coinbase/root.rs (get_network_to_prune). */
function subnetToPrune(state: State, block: number): number | undefined {
  const registeredAt = (netuid: number): bigint => state.get(networkRegisteredAt, netuid);
  const candidates = subnets(state).filter(
    (netuid) => netuid !== ROOT && BigInt(block) >= registeredAt(netuid) + state.get(networkImmunityPeriod),
  );
  const key = (netuid: number): readonly [bigint, bigint] => [movingPriceBits(state, netuid), registeredAt(netuid)];
  return candidates.toSorted((a, b) => {
    const [[priceA, atA], [priceB, atB]] = [key(a), key(b)];
    return Number(priceA - priceB) || Number(atA - atB);
  })[0];
}

export const SUBNET_STATE_METHODS: Readonly<Record<string, RuntimeMethod>> = {
  get_subnet_state: method({ netuid: netUid }, option(subnetState), (context, { netuid }) =>
    ask(context, netuid, (view) => readAll(SUBNET_STATE, view)),
  ),
  get_subnet_to_prune: method({}, option(netUid), ({ state, nextBlock }) => subnetToPrune(state, nextBlock - 1)),
};
