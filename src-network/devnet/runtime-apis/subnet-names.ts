import { utf8 } from '#protocol/bytes.ts';
import { subnetIdentitiesV3 } from '../pallets/subtensor/storage-identity.ts';
import type { State } from '../runtime/state.ts';

/**
 * A subnet's name in UTF-8: what its identity says, else what it is called when nobody has named it. Source:
 * pallets/subtensor/src/subnets/symbols.rs (get_name_for_subnet), which has old names for the first ones; those of the real
 * network would be wrong here.
 */
export function subnetName(state: State, netuid: number): Uint8Array {
  const named = state.find(subnetIdentitiesV3, netuid)?.subnetName;
  if (named !== undefined && named.length > 0) return named;
  return utf8(netuid === 0 ? 'root' : 'unknown');
}
