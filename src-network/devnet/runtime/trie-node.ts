import { Blake2256 } from '@polkadot-api/substrate-bindings';
import { concatBytes } from '#protocol/bytes.ts';
import { compactU32 } from '../scale/primitives.ts';

const LEAF = 0b01;
const BRANCH = 0b10;
const BRANCH_WITH_VALUE = 0b11;
const HASH_BYTES = 32;

/** One node of Substrate's base-16 Merkle-Patricia trie, version 0 (polkadot spec §2.3 "State Storage and the Storage Trie"). */
export interface TrieNodeParts {
  /** Hex digits of the key between its parent's digit and where it forks or ends. */
  readonly partial: string;
  /** `null`: no key ends here. */
  readonly value: Uint8Array | null;
  /** For each child, ascending by digit, what `childReference` makes of it; none: a leaf. */
  readonly children: readonly { readonly digit: number; readonly reference: Uint8Array }[];
}

export function encodeNode({ partial, value, children }: TrieNodeParts): Uint8Array {
  const own = value === null ? [] : [sized(value)];
  if (children.length === 0) return concatBytes(header(LEAF, partial), ...own);
  let bitmap = 0;
  for (const { digit } of children) bitmap |= 1 << digit;
  const bits = Uint8Array.of(bitmap & 0xff, bitmap >> 8);
  const kind = value === null ? BRANCH : BRANCH_WITH_VALUE;
  return concatBytes(header(kind, partial), bits, ...own, ...children.map(({ reference }) => reference));
}

/** How its parent has a node: itself if it is short, else its hash. */
export const childReference = (encoded: Uint8Array): Uint8Array =>
  sized(encoded.length < HASH_BYTES ? encoded : Blake2256(encoded));

/** @param encoded the topmost node; `null` for a trie of nothing */
export const rootHash = (encoded: Uint8Array | null): Uint8Array => Blake2256(encoded ?? Uint8Array.of(0));

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
  const padded = nibbles.length % 2 === 0 ? nibbles : `0${nibbles}`;
  for (let at = 0; at < padded.length; at += 2) lengths.push(Number.parseInt(padded.slice(at, at + 2), 16));
  return Uint8Array.from(lengths);
}
