import type { Changes } from './state.ts';
import type { StorageKey } from './storage-key.ts';
import { childReference, encodeNode, rootHash } from './trie-node.ts';

interface Node {
  partial: string;
  value: Uint8Array | null;
  /** By digit, with holes. A leaf has none. */
  children: (Node | undefined)[];
  /** As its parent has it; `null` when something below has changed since. */
  reference: Uint8Array | null;
}

/** The state as Substrate's trie. Each node remembers its hash, so that a block costs the paths to what it has changed. */
export class StateTrie {
  #top: Node | null = null;

  apply(changes: Changes): void {
    for (const [key, value] of changes) {
      if (value !== null) this.#top = this.#top === null ? leaf(key, value) : inserted(this.#top, key, value);
      else if (this.#top !== null) this.#top = removed(this.#top, key);
    }
  }

  root(): Uint8Array {
    return rootHash(this.#top === null ? null : encode(this.#top));
  }
}

const leaf = (partial: string, value: Uint8Array): Node => ({ partial, value, children: [], reference: null });

const childrenOf = (node: Node): readonly Node[] => node.children.filter((child) => child !== undefined);

/** The node in whose place the key stands now. @param rest of the key, from the node's partial on */
function inserted(node: Node, rest: StorageKey, value: Uint8Array): Node {
  const shared = sharedLength(node.partial, rest);
  node.reference = null;
  if (shared < node.partial.length) {
    const fork: Node = { partial: node.partial.slice(0, shared), value: null, children: [], reference: null };
    fork.children[digitAt(node.partial, shared)] = node;
    node.partial = node.partial.slice(shared + 1);
    return inserted(fork, rest, value);
  }
  if (shared === rest.length) {
    node.value = value;
    return node;
  }
  const digit = digitAt(rest, shared);
  const child = node.children[digit];
  const below = rest.slice(shared + 1);
  node.children[digit] = child === undefined ? leaf(below, value) : inserted(child, below, value);
  return node;
}

/** What stands in the node's place without the key; `null`: nothing. */
function removed(node: Node, rest: StorageKey): Node | null {
  const { partial } = node;
  if (!rest.startsWith(partial)) return node;
  if (rest.length === partial.length) {
    node.value = null;
  } else {
    const digit = digitAt(rest, partial.length);
    const child = node.children[digit];
    if (child === undefined) return node;
    node.children[digit] = removed(child, rest.slice(partial.length + 1)) ?? undefined;
  }
  node.reference = null;
  if (node.value !== null) return node;
  const left = childrenOf(node);
  const [only] = left;
  if (only === undefined) return null;
  if (left.length > 1) return node;
  // No key ends here and nothing forks any more.
  only.partial = partial + node.children.indexOf(only).toString(16) + only.partial;
  only.reference = null;
  return only;
}

const encode = ({ partial, value, children }: Node): Uint8Array =>
  encodeNode({
    ...{ partial, value },
    children: children.flatMap((child, digit) => {
      if (child === undefined) return [];
      child.reference ??= childReference(encode(child));
      return [{ digit, reference: child.reference }];
    }),
  });

function sharedLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  return length;
}

const digitAt = (key: string, index: number): number => Number.parseInt(key.charAt(index), 16);
