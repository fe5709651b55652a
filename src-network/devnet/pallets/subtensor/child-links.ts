import { toHex } from '#protocol/bytes.ts';
import type { StorageItem } from '../../metadata/pallet.ts';
import type { State } from '../../runtime/state.ts';
import { ALL } from '../../pool/child-keys.ts';
import { sameAccount } from './account-list.ts';
import { childKeys, type Link, parentKeys } from './storage-children.ts';

const MAX_CHILDREN = 5;

type Links = StorageItem<[Uint8Array, number], readonly Link[]>;

/**
 * What is wrong with such children of a hotkey: the chain's error, `null` when nothing is. Source:
 * pallets/subtensor/src/staking/set_children.rs (ensure_pending_consistency), in its order.
 */
export function childrenProblem(
  state: State,
  netuid: number,
  hotkey: Uint8Array,
  children: readonly Link[],
): string | null {
  if (children.some(([, child]) => sameAccount(child, hotkey))) return 'InvalidChild';
  if (children.length > MAX_CHILDREN) return 'TooManyChildren';
  if (children.reduce((sum, [proportion]) => sum + proportion, 0n) > ALL) return 'ProportionOverflow';
  const parents = new Set(state.get(parentKeys, hotkey, netuid).map(([, parent]) => toHex(parent)));
  return children.some(([, child]) => parents.has(toHex(child))) ? 'ChildParentInconsistency' : null;
}

/**
 * Writes down a hotkey's children in place of those that it had, with them and with each child. Lists of the hotkey itself
 * are sorted by account. Source: set_children.rs (persist_child_parent_relations).
 */
export function linkChildren(state: State, netuid: number, hotkey: Uint8Array, children: readonly Link[]): void {
  const isChild = new Set(children.map(([, child]) => toHex(child)));
  for (const [, old] of state.get(childKeys, hotkey, netuid)) {
    if (isChild.has(toHex(old))) continue;
    const parents = state.get(parentKeys, old, netuid);
    put(
      state,
      parentKeys,
      old,
      netuid,
      parents.filter(([, parent]) => !sameAccount(parent, hotkey)),
    );
  }
  for (const [proportion, child] of children) {
    const parents = [...state.get(parentKeys, child, netuid)];
    const at = parents.findIndex(([, parent]) => sameAccount(parent, hotkey));
    parents.splice(at < 0 ? parents.length : at, 1, [proportion, hotkey]);
    put(state, parentKeys, child, netuid, parents);
  }
  put(state, childKeys, hotkey, netuid, byAccount(children));
  put(state, parentKeys, hotkey, netuid, byAccount(state.get(parentKeys, hotkey, netuid)));
}

/** Empty lists are not kept. */
function put(state: State, item: Links, hotkey: Uint8Array, netuid: number, links: readonly Link[]): void {
  if (links.length === 0) state.remove(item, hotkey, netuid);
  else state.set(item, hotkey, netuid, links);
}

const byAccount = (links: readonly Link[]): readonly Link[] =>
  links.toSorted(([, a], [, b]) => (toHex(a) < toHex(b) ? -1 : 1));
