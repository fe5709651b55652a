import type { Block } from './block.ts';
import type { BlockStore } from './block-store.ts';

/** The chain's blocks: the newest in memory, the others in the store if there is one. */
export class BlockHistory {
  readonly #kept: number;
  readonly #store: BlockStore | null;
  readonly #blocks: Block[];
  readonly #numbers: Map<string, number>;
  #first: number;

  /** @param blocks the newest so far, ascending, at least one */
  constructor(kept: number, store: BlockStore | null, blocks: readonly Block[]) {
    const [first] = blocks;
    if (first === undefined) throw new RangeError('A chain has at least its genesis block');
    this.#kept = kept;
    this.#store = store;
    this.#blocks = [...blocks];
    this.#numbers = new Map(blocks.map(({ hash, header }) => [hash, header.number]));
    this.#first = first.header.number;
  }

  get head(): Block {
    return this.require(this.#first + this.#blocks.length - 1);
  }

  append(block: Block): void {
    this.#blocks.push(block);
    this.#numbers.set(block.hash, block.header.number);
    if (this.#blocks.length <= this.#kept) return;
    const gone = this.#blocks.shift();
    this.#first += 1;
    if (gone !== undefined) this.#numbers.delete(gone.hash);
  }

  at(number: number): Block | null {
    return this.#blocks[number - this.#first] ?? this.#store?.blockAt(number) ?? null;
  }

  of(hash: string): Block | null {
    const number = this.#numbers.get(hash);
    return number === undefined ? (this.#store?.blockOf(hash) ?? null) : this.at(number);
  }

  /** One that must be there. */
  require(number: number): Block {
    const block = this.at(number);
    if (block === null) throw new RangeError(`Block ${number} is not kept`);
    return block;
  }
}
