import { toHex } from './bytes.ts';
import { type LeafPlace, leafPlaces, type StateTree } from './state-tree.ts';

/**
 * The leaves in which two states differ, found from the roots downwards: a subtree that is equal is not looked into.
 * @throws RangeError when the states have not the same shapes
 */
export function findDamage(expected: StateTree, actual: StateTree): readonly LeafPlace[] {
  if (expected.sizes.join() !== actual.sizes.join()) throw new RangeError('The states have different shapes');
  let suspects = [0];
  for (let depth = expected.levels.length - 1; depth >= 0; depth -= 1) {
    const [wanted, found] = [expected.levels[depth] ?? [], actual.levels[depth] ?? []];
    const damaged = suspects.filter((index) => !isSame(wanted[index], found[index]));
    if (depth === 0) {
      const places = leafPlaces(expected.sizes);
      return damaged.flatMap((index) => places[index] ?? []);
    }
    const width = expected.levels[depth - 1]?.length ?? 0;
    suspects = damaged.flatMap((index) => [2 * index, 2 * index + 1]).filter((child) => child < width);
  }
  return [];
}

const isSame = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a !== undefined && b !== undefined && toHex(a) === toHex(b);
