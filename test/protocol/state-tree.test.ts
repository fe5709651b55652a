import { describe, expect, it } from 'vitest';
import { bytesOf } from '#protocol/bytes.ts';
import { findDamage } from '#protocol/find-damage.ts';
import { hashedFloats } from '#protocol/integer-hash.ts';
import { proveLeaf, verifyLeaf } from '#protocol/leaf-proof.ts';
import { rootOf, stateRoot, stateTree, stateTreeAside } from '#protocol/state-root.ts';
import { createStateTreeBuilder, LEAF_BYTES, leafPlaces, treeOfLeaves } from '#protocol/state-tree.ts';
import { nativeSha256 } from '#worker/run/native-sha256.ts';

const LEAF_VALUES = LEAF_BYTES / 4;
/** Leaves: 1, none, 3 (the last of one value), 1, 2: seven in all, so that an odd node moves up on every level. */
const sizes = [5, 0, 2 * LEAF_VALUES + 1, 77, LEAF_VALUES + 3];
const state = sizes.map((size, tensor) => hashedFloats(size, tensor, 1));
const tree = stateTree(state, nativeSha256);
const root = rootOf(tree);
const places = leafPlaces(sizes);
const bytesAt = ({ tensor, leaf }: { readonly tensor: number; readonly leaf: number }) =>
  bytesOf(state[tensor]!).subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES);
/** A copy of the state whose values at these places have one bit changed. */
const damagedAt = (...damage: readonly (readonly [tensor: number, index: number])[]) => {
  const copy = state.map((tensor) => tensor.slice());
  for (const [tensor, index] of damage) bytesOf(copy[tensor]!)[4 * index]! ^= 1;
  return copy;
};

describe('a state tree', () => {
  it('has the same root in pure JavaScript, in native code and by WebCrypto', async () => {
    expect(stateRoot(state)).toBe(root);
    expect(await stateTreeAside(state)).toEqual(stateTree(state));
  });

  it('that is hashed aside fails when the hash does', async () => {
    const hash = () => Promise.reject(new Error('out of memory'));
    await expect(stateTreeAside(state, hash)).rejects.toThrow('out of memory');
  });

  it('of a state without a value has the root of an empty leaf', () => {
    expect(stateRoot([])).toBe(stateRoot([new Float32Array(0)], nativeSha256));
    expect(stateRoot([])).not.toBe(stateRoot([new Float32Array(1)]));
  });

  it.each([1_000_003, 3 * LEAF_BYTES, 100_000_000])('comes out of pieces of %i bytes as of whole tensors', (length) => {
    const all = Buffer.concat(state.map(bytesOf));
    const builder = createStateTreeBuilder(sizes, nativeSha256);
    for (let at = 0; at < all.length; at += length) builder.push(all.subarray(at, at + length));
    expect(rootOf(builder.finish())).toBe(root);
  });

  it('is not made of fewer or more bytes than the state has', () => {
    const builder = createStateTreeBuilder([2]);
    builder.push(new Uint8Array(7));
    expect(() => builder.finish()).toThrow(/ended in leaf 0 of 1/);
    builder.push(new Uint8Array(1));
    expect(() => builder.push(new Uint8Array(1))).toThrow(/More bytes/);
    expect(builder.finish().levels).toHaveLength(1);
  });
});

describe('a leaf', () => {
  it('is proved by at most one hash a level, for every leaf', () => {
    expect(places).toHaveLength(7);
    for (const place of places) {
      const proof = proveLeaf(tree, place);
      expect(proof.siblings.length).toBeLessThanOrEqual(3);
      expect(verifyLeaf(root, sizes, proof, bytesAt(place), nativeSha256)).toBe(true);
    }
    expect(verifyLeaf(root, sizes, proveLeaf(tree, places[0]!), bytesAt(places[0]!))).toBe(true);
  });

  it('of a state that has only one is the root', () => {
    const [only] = [Float32Array.of(1, 2)];
    const proof = proveLeaf(stateTree([only]), { tensor: 0, leaf: 0 });
    expect(proof.siblings).toEqual([]);
    expect(verifyLeaf(stateRoot([only]), [2], proof, bytesOf(only))).toBe(true);
  });

  it('is refused in another place, with other bytes, with another proof or for another root', () => {
    const place = { tensor: 2, leaf: 1 };
    const proof = proveLeaf(tree, place);
    const bytes = bytesAt(place);
    const check = (otherProof: typeof proof, otherBytes = bytes, otherRoot = root) =>
      verifyLeaf(otherRoot, sizes, otherProof, otherBytes, nativeSha256);
    expect(check(proof)).toBe(true);
    for (const other of places.filter(({ tensor, leaf }) => tensor !== 2 || leaf !== 1)) {
      expect(check({ ...proof, ...other }), `as leaf ${other.leaf} of tensor ${other.tensor}`).toBe(false);
    }
    const touched = bytes.slice();
    touched[LEAF_BYTES - 1]! ^= 128;
    expect(check(proof, touched)).toBe(false);
    expect(check(proof, bytes.subarray(1))).toBe(false);
    for (const i of proof.siblings.keys()) {
      expect(check({ ...proof, siblings: proof.siblings.toSpliced(i, 1) })).toBe(false);
      expect(check({ ...proof, siblings: proof.siblings.with(i, new Uint8Array(32)) })).toBe(false);
      expect(check({ ...proof, siblings: proof.siblings.with(i, proof.siblings[i]!.subarray(1)) })).toBe(false);
    }
    expect(check({ ...proof, siblings: [...proof.siblings, new Uint8Array(32)] })).toBe(false);
    expect(check(proof, bytes, stateRoot(damagedAt([0, 0]), nativeSha256))).toBe(false);
  });

  it('that the state has not can be neither proved nor verified', () => {
    for (const place of [
      { tensor: 1, leaf: 0 },
      { tensor: 2, leaf: 3 },
      { tensor: 2, leaf: -1 },
      { tensor: 5, leaf: 0 },
    ]) {
      expect(() => proveLeaf(tree, place)).toThrow(/has no leaf/);
      expect(verifyLeaf(root, sizes, { ...place, siblings: [] }, new Uint8Array(0))).toBe(false);
    }
  });
});

describe('damage', () => {
  it('of one bit is found in its leaf, whichever it is', () => {
    for (const place of places) {
      const damaged = stateTree(damagedAt([place.tensor, place.leaf * LEAF_VALUES]), nativeSha256);
      expect(findDamage(tree, damaged)).toEqual([place]);
    }
  });

  it('in several leaves is found in all of them, and there is none in the same state', () => {
    const damaged = stateTree(damagedAt([0, 4], [2, 2 * LEAF_VALUES], [4, 0], [4, 9]), nativeSha256);
    expect(findDamage(tree, damaged)).toEqual([
      { tensor: 0, leaf: 0 },
      { tensor: 2, leaf: 2 },
      { tensor: 4, leaf: 0 },
    ]);
    expect(findDamage(tree, stateTree(state, nativeSha256))).toEqual([]);
  });

  it('is found from the leaf hashes alone that somebody else sends, which the root vouches for', () => {
    const received = treeOfLeaves(sizes, tree.levels[0]!);
    expect(rootOf(received)).toBe(root);
    expect(findDamage(received, stateTree(damagedAt([3, 76]), nativeSha256))).toEqual([{ tensor: 3, leaf: 0 }]);
  });

  it('is not looked for in a state of other shapes', () => {
    expect(() => findDamage(tree, stateTree([new Float32Array(5)]))).toThrow(/different shapes/);
  });
});
