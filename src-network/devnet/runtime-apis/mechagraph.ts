import { option, vec } from '../scale/composites.ts';
import { u16, u8 } from '../scale/primitives.ts';
import { method, type RuntimeMethod } from '../metadata/runtime-api.ts';
import { netUid } from '../pallets/subtensor/types.ts';
import { metagraph, metagraphOf, selectiveMetagraph, selectiveMetagraphOf } from './metagraph.ts';
import { ask, ofAll } from './subnet-view.ts';

/** Every subnet here has this mechanism only, whose metagraph is the subnet's. */
const MAIN = 0;

/** Metagraphs by mechanism. Source: pallets/subtensor/src/rpc_info/metagraph.rs (get_mechagraph). */
export const MECHAGRAPH_METHODS: Readonly<Record<string, RuntimeMethod>> = {
  get_mechagraph: method({ netuid: netUid, mecid: u8 }, option(metagraph), (context, { netuid, mecid }) =>
    mecid === MAIN ? ask(context, netuid, metagraphOf) : undefined,
  ),
  get_all_mechagraphs: method({}, vec(option(metagraph)), (context) => ofAll(context, metagraphOf)),
  get_selective_mechagraph: method(
    { netuid: netUid, subid: u8, metagraphIndexes: vec(u16) },
    option(selectiveMetagraph),
    (context, { netuid, subid, metagraphIndexes }) =>
      subid === MAIN ? ask(context, netuid, (view) => selectiveMetagraphOf(view, metagraphIndexes)) : undefined,
  ),
};
