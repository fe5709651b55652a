import type { AnyType, TypeEntry } from './scale-type.ts';

export interface LookupEntry extends TypeEntry {
  readonly id: number;
  readonly docs: string[];
}

/** Numbers the types of the metadata, each once, and everything that they contain. */
export class TypeLookup {
  readonly #ids = new Map<AnyType, number>();
  readonly #entries: (LookupEntry | null)[] = [];

  /** Bound, because types ask it for others. */
  readonly id = (asked: AnyType): number => {
    const type = asked.resolve?.() ?? asked;
    const known = this.#ids.get(type);
    if (known !== undefined) return known;
    const id = this.#entries.length;
    this.#ids.set(type, id); // before its parts are described: it may be one of them
    this.#entries.push(null);
    this.#entries[id] = { id, docs: [], ...type.describe(this.id) };
    return id;
  };

  entries(): readonly LookupEntry[] {
    return this.#entries.filter((entry) => entry !== null);
  }
}
