import type { Uid } from '#protocol/ids.ts';
import type { Alpha } from '#protocol/units.ts';

export interface PruningInput {
  readonly block: number;
  /** Blocks after registration in which a uid is safe. */
  readonly immunityPeriod: number;
  /** At least so many uids that are not immune stay: newcomers then replace one another. */
  readonly minNonImmuneUids: number;
  /** Index = uid. `emission` is that of the last epoch. */
  readonly neurons: readonly { readonly emission: Alpha; readonly registeredAtBlock: number }[];
  /** The subnet owner's, which are never pruned. */
  readonly ownerUids: ReadonlySet<Uid>;
}

/**
 * Whose uid a newcomer takes in a full subnet: the lowest emission, of equals the earliest registration, then the lowest
 * uid; immune ones only when too few others are left. `undefined` when all belong to the owner or none may go. Source:
 * pallets/subtensor/src/subnets/registration.rs (get_neuron_to_prune) and utils/misc.rs (get_neuron_is_immune). There are no
 * pruning scores any more.
 */
export function uidToPrune(input: PruningInput): Uid | undefined {
  const candidates = input.neurons
    .map((neuron, index) => ({ ...neuron, uid: index as Uid }))
    .filter(({ uid }) => !input.ownerUids.has(uid))
    .sort((a, b) => {
      if (a.emission !== b.emission) return a.emission < b.emission ? -1 : 1;
      return a.registeredAtBlock - b.registeredAtBlock || a.uid - b.uid;
    });
  const isImmune = ({ registeredAtBlock }: { readonly registeredAtBlock: number }): boolean =>
    input.block - registeredAtBlock < input.immunityPeriod;
  const mortal = candidates.filter((candidate) => !isImmune(candidate));
  return (mortal.length > input.minNonImmuneUids ? mortal[0] : candidates.find(isImmune))?.uid;
}
