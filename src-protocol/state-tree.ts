import { concatBytes, uint32Bytes } from './bytes.ts';
import { type CreateSha256, domainHashStream, portableSha256, type Sha256Stream } from './hash.ts';

/** Small enough to prove or find one damaged place in a large state; a tree then costs 32 bytes for each MiB. */
export const LEAF_BYTES = 1024 * 1024;

/**
 * The Merkle tree of a model state. Its leaves are the MiBs of each tensor's little-endian float32 bytes, tensor by tensor, the
 * last one of a tensor shorter:
 *
 *     leaf = sha256('millrace/leaf/1' ‖ 0x00 ‖ tensor ‖ leaf of the tensor ‖ bytes)    (both numbers uint32, little-endian)
 *     node = sha256('millrace/node/1' ‖ 0x00 ‖ left ‖ right)
 *
 * A level's odd last node moves up unchanged. A state without any byte has the hash of an empty leaf as its root.
 */
export interface StateTree {
  /** Values of each tensor. */
  readonly sizes: readonly number[];
  /** Hashes: first the leaves', last the root alone. */
  readonly levels: readonly (readonly Uint8Array[])[];
}

/** One leaf: the tensor's number in the state, and the MiB within it. */
export interface LeafPlace {
  readonly tensor: number;
  readonly leaf: number;
}

/** Builds a tree while the state's bytes pass by, in pieces of any length: from memory, a file or the network. */
export interface StateTreeBuilder {
  /** @throws RangeError on more bytes than the state has */
  push(bytes: Uint8Array): void;
  /** @throws RangeError when bytes are missing */
  finish(): StateTree;
}

/** @param sizes values of each tensor, in the order in which their bytes will come */
export function createStateTreeBuilder(
  sizes: readonly number[],
  createSha256: CreateSha256 = portableSha256,
): StateTreeBuilder {
  const places = leafPlaces(sizes);
  const leaves: Uint8Array[] = [];
  let open: { readonly stream: Sha256Stream; bytesLeft: number } | null = null;

  const openNext = () => {
    const place = places[leaves.length];
    if (place === undefined) throw new RangeError('More bytes than the state has');
    return { stream: leafStream(createSha256, place), bytesLeft: leafBytes(sizes, place) };
  };
  return {
    push(bytes) {
      for (let at = 0; at < bytes.length;) {
        open ??= openNext();
        const piece = bytes.subarray(at, at + open.bytesLeft);
        open.stream.update(piece);
        open.bytesLeft -= piece.length;
        at += piece.length;
        if (open.bytesLeft > 0) continue;
        leaves.push(open.stream.digest());
        open = null;
      }
    },
    finish() {
      if (leaves.length < places.length) {
        throw new RangeError(`The state ended in leaf ${leaves.length} of ${places.length}`);
      }
      return treeOfLeaves(sizes, leaves, createSha256);
    },
  };
}

/** The tree over leaf hashes that were computed or received: 32 bytes for each MiB tell whose which leaf is damaged. */
export function treeOfLeaves(
  sizes: readonly number[],
  leaves: readonly Uint8Array[],
  createSha256: CreateSha256 = portableSha256,
): StateTree {
  let level = leaves.length > 0 ? leaves : [domainHashStream(createSha256, LEAF_DOMAIN).digest()];
  const levels = [level];
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i], level[i + 1]];
      if (left !== undefined) above.push(right === undefined ? left : nodeHash(createSha256, left, right));
    }
    level = above;
    levels.push(level);
  }
  return { sizes, levels };
}

export const LEAF_DOMAIN = 'millrace/leaf/1';

/** A leaf's hash, up to its bytes. */
export function leafStream(createSha256: CreateSha256, { tensor, leaf }: LeafPlace): Sha256Stream {
  const stream = domainHashStream(createSha256, LEAF_DOMAIN);
  stream.update(placeBytes({ tensor, leaf }));
  return stream;
}

export function nodeHash(createSha256: CreateSha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  const stream = domainHashStream(createSha256, 'millrace/node/1');
  stream.update(left);
  stream.update(right);
  return stream.digest();
}

export const placeBytes = ({ tensor, leaf }: LeafPlace): Uint8Array =>
  concatBytes(uint32Bytes(tensor), uint32Bytes(leaf));

/** All leaves of a state in the order of the tree. */
export const leafPlaces = (sizes: readonly number[]): readonly LeafPlace[] =>
  sizes.flatMap((size, tensor) =>
    Array.from({ length: Math.ceil((4 * size) / LEAF_BYTES) }, (_, leaf) => ({ tensor, leaf })),
  );

/** Length of a leaf that exists. */
export const leafBytes = (sizes: readonly number[], { tensor, leaf }: LeafPlace): number =>
  Math.min(LEAF_BYTES, 4 * (sizes[tensor] ?? 0) - leaf * LEAF_BYTES);
