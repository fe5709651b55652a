import type { StorageKey } from './storage-key.ts';
import { childReference, encodeNode, rootHash } from './trie-node.ts';

/** An entry and its key as nibbles are its hex digits. */
type Entry = readonly [key: StorageKey, value: Uint8Array];

/**
 * Root of the trie of these entries, computed whole: for lists that are hashed once, such as a block's extrinsics.
 * @param entries sorted by key, each key once
 */
export const trieRoot = (entries: readonly Entry[]): Uint8Array =>
  rootHash(entries.length === 0 ? null : node(entries, 0));

/** Of entries that agree up to nibble `depth`. */
function node(entries: readonly Entry[], depth: number): Uint8Array {
  const [first] = entries;
  const last = entries.at(-1);
  if (first === undefined || last === undefined) throw new RangeError('A node without entries');
  // Sorted: what the first and the last share, all share.
  let end = depth;
  while (end < first[0].length && first[0][end] === last[0][end]) end += 1;
  const value = first[0].length === end ? first[1] : null;
  const rest = value === null ? entries : entries.slice(1);
  const children: { digit: number; reference: Uint8Array }[] = [];
  for (let from = 0; from < rest.length;) {
    const digit = rest[from]?.[0][end] ?? '0';
    let to = from + 1;
    while (to < rest.length && rest[to]?.[0][end] === digit) to += 1;
    const reference = childReference(node(rest.slice(from, to), end + 1));
    children.push({ digit: Number.parseInt(digit, 16), reference });
    from = to;
  }
  return encodeNode({ partial: first[0].slice(depth, end), value, children });
}
