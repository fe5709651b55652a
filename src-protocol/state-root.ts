import { bytesOf, toHex } from './bytes.ts';
import { type CreateSha256, portableSha256 } from './hash.ts';
import type { StateRoot } from './ids.ts';
import { createStateTreeBuilder, type StateTree } from './state-tree.ts';

/** The tree over all tensors of a state, without a copy of any. */
export function stateTree(tensors: readonly Float32Array[], createSha256: CreateSha256 = portableSha256): StateTree {
  const builder = createStateTreeBuilder(
    tensors.map(({ length }) => length),
    createSha256,
  );
  for (const tensor of tensors) builder.push(bytesOf(tensor));
  return builder.finish();
}

export const rootOf = ({ levels }: StateTree): StateRoot => toHex(levels.at(-1)?.[0] ?? new Uint8Array(0)) as StateRoot;

/** Names a state by all of its bits: see StateTree. */
export const stateRoot = (tensors: readonly Float32Array[], createSha256?: CreateSha256): StateRoot =>
  rootOf(stateTree(tensors, createSha256));
