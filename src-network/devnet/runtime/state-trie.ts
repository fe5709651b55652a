import { Blake2256 } from '@polkadot-api/substrate-bindings';
import { concatBytes, fromHex } from '#protocol/bytes.ts';
import { compactU32 } from '../scale/primitives.ts';
import type { StorageKey } from './storage-key.ts';

const LEAF = 0b01;
const BRANCH = 0b10;
const BRANCH_WITH_VALUE = 0b11;
const HASH_BYTES = 32;

/** An entry and its key as nibbles are its hex digits. */
type Entry = readonly [key: StorageKey, value: Uint8Array];

/**
 * Root of Substrate's base-16 Merkle-Patricia trie, version 0 (polkadot spec §2.3 "State Storage and the Storage Trie").
 * @param entries sorted by key, each key once
 */
export function stateTrieRoot(entries: readonly Entry[]): Uint8Array {
  return Blake2256(entries.length === 0 ? Uint8Array.of(0) : node(entries, 0));
}

/** Of entries that agree up to nibble `depth`. */
function node(entries: readonly Entry[], depth: number): Uint8Array {
  const [first] = entries;
  const last = entries.at(-1);
  if (first === undefined || last === undefined) throw new RangeError('A node without entries');
  if (entries.length === 1) {
    const partial = first[0].slice(depth);
    return concatBytes(header(LEAF, partial), sized(first[1]));
  }
  // Sorted: what the first and the last share, all share.
  let end = depth;
  while (end < first[0].length && first[0][end] === last[0][end]) end += 1;
  const partial = first[0].slice(depth, end);
  const own = first[0].length === end ? first[1] : null;
  const rest = own === null ? entries : entries.slice(1);
  const children: Uint8Array[] = [];
  let bitmap = 0;
  for (let from = 0; from < rest.length;) {
    const digit = rest[from]?.[0][end] ?? '0';
    let to = from + 1;
    while (to < rest.length && rest[to]?.[0][end] === digit) to += 1;
    bitmap |= 1 << Number.parseInt(digit, 16);
    const child = node(rest.slice(from, to), end + 1);
    children.push(sized(child.length < HASH_BYTES ? child : Blake2256(child)));
    from = to;
  }
  const kind = own === null ? BRANCH : BRANCH_WITH_VALUE;
  const bits = Uint8Array.of(bitmap & 0xff, bitmap >> 8);
  return concatBytes(header(kind, partial), bits, ...(own === null ? [] : [sized(own)]), ...children);
}

const sized = (value: Uint8Array): Uint8Array => concatBytes(compactU32.codec.enc(value.length), value);

/** Kind in the two highest bits, the number of nibbles in six, more in bytes of up to 255; then the nibbles, packed. */
function header(kind: number, nibbles: string): Uint8Array {
  const lengths: number[] = [];
  let left = nibbles.length;
  const head = Math.min(left, 63);
  lengths.push((kind << 6) | head);
  if (head === 63) {
    left -= 63;
    for (; left >= 255; left -= 255) lengths.push(255);
    lengths.push(left);
  }
  return concatBytes(Uint8Array.from(lengths), fromHex(nibbles.length % 2 === 0 ? nibbles : `0${nibbles}`));
}
