import { bytesOf, toHex } from './bytes.ts';
import { type CreateSha256, domainBytes, portableSha256, webSha256 } from './hash.ts';
import type { StateRoot } from './ids.ts';
import {
  createStateTreeBuilder,
  LEAF_BYTES,
  LEAF_DOMAIN,
  leafPlaces,
  placeBytes,
  type StateTree,
  treeOfLeaves,
} from './state-tree.ts';

/** The tree over all tensors of a state, without a copy of any. */
export function stateTree(tensors: readonly Float32Array[], createSha256: CreateSha256 = portableSha256): StateTree {
  const builder = createStateTreeBuilder(
    tensors.map(({ length }) => length),
    createSha256,
  );
  for (const tensor of tensors) builder.push(bytesOf(tensor));
  return builder.finish();
}

/** Leaves that are hashed at a time: enough for the few threads that hash. Each is in memory twice, and is 1 MiB. */
const LEAVES_AT_A_TIME = 4;
/** Domain and place, in bytes. */
const MOST_BEFORE_LEAF = 64;

/**
 * The same tree from a hash that works elsewhere: the calling thread only copies, a MiB at a time, and hears messages in between.
 * The tensors must not change meanwhile.
 */
export async function stateTreeAside(
  tensors: readonly Float32Array[],
  hash: (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array> = webSha256,
): Promise<StateTree> {
  const sizes = tensors.map(({ length }) => length);
  const places = leafPlaces(sizes);
  const leaves = new Array<Uint8Array>(places.length);
  const remaining = places.entries();
  const lane = async (): Promise<void> => {
    const message = new Uint8Array(LEAF_BYTES + MOST_BEFORE_LEAF);
    for (const [index, place] of remaining) {
      const start = place.leaf * LEAF_BYTES;
      const bytes = bytesOf(tensors[place.tensor] ?? new Float32Array(0)).subarray(start, start + LEAF_BYTES);
      const before = domainBytes(LEAF_DOMAIN, placeBytes(place));
      message.set(before);
      message.set(bytes, before.length);
      leaves[index] = await hash(message.subarray(0, before.length + bytes.length));
    }
  };
  await Promise.all(Array.from({ length: LEAVES_AT_A_TIME }, lane));
  return treeOfLeaves(sizes, leaves);
}

export const rootOf = ({ levels }: StateTree): StateRoot => toHex(levels.at(-1)?.[0] ?? new Uint8Array(0)) as StateRoot;

/** Names a state by all of its bits: see StateTree. */
export const stateRoot = (tensors: readonly Float32Array[], createSha256?: CreateSha256): StateRoot =>
  rootOf(stateTree(tensors, createSha256));
