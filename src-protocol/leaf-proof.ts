import { toHex } from './bytes.ts';
import { type CreateSha256, portableSha256 } from './hash.ts';
import type { StateRoot } from './ids.ts';
import { leafBytes, type LeafPlace, leafPlaces, leafStream, nodeHash, type StateTree } from './state-tree.ts';

/** Shows to whoever knows a state's root that one leaf belongs to it: 32 bytes for each level of the tree. */
export interface LeafProof extends LeafPlace {
  /** From the leaf upwards; a level where the node has no neighbour has no entry. */
  readonly siblings: readonly Uint8Array[];
}

/** @throws RangeError when the state has no such leaf */
export function proveLeaf({ sizes, levels }: StateTree, place: LeafPlace): LeafProof {
  let index = indexOf(sizes, place);
  if (index < 0) throw new RangeError(`The state has no leaf ${place.leaf} in tensor ${place.tensor}`);
  const siblings: Uint8Array[] = [];
  for (const level of levels) {
    const sibling = level[index ^ 1];
    if (sibling !== undefined) siblings.push(sibling);
    index >>>= 1;
  }
  return { tensor: place.tensor, leaf: place.leaf, siblings };
}

/**
 * Whether `bytes` are the leaf that the proof names, of the state with this root.
 * @param sizes values of each tensor, from the run and not from the prover: they tell on which side each sibling stands
 */
export function verifyLeaf(
  root: StateRoot,
  sizes: readonly number[],
  proof: LeafProof,
  bytes: Uint8Array,
  createSha256: CreateSha256 = portableSha256,
): boolean {
  let index = indexOf(sizes, proof);
  if (index < 0 || bytes.length !== leafBytes(sizes, proof)) return false;
  const stream = leafStream(createSha256, proof);
  stream.update(bytes);
  let hash = stream.digest();
  let used = 0;
  for (let width = leafPlaces(sizes).length; width > 1; width = Math.ceil(width / 2)) {
    if ((index ^ 1) < width) {
      const sibling = proof.siblings[used];
      if (sibling?.length !== hash.length) return false;
      hash = index % 2 === 0 ? nodeHash(createSha256, hash, sibling) : nodeHash(createSha256, sibling, hash);
      used += 1;
    }
    index >>>= 1;
  }
  return used === proof.siblings.length && toHex(hash) === root;
}

/** Number of the leaf in the tree's first level; −1 when there is none. */
const indexOf = (sizes: readonly number[], { tensor, leaf }: LeafPlace): number =>
  leafPlaces(sizes).findIndex((place) => place.tensor === tensor && place.leaf === leaf);
