import type { Block } from './block.ts';
import type { BlockStore } from './block-store.ts';

/** What is kept in memory. */
export interface BlockLimits {
  readonly keptBlocks: number;
  /** Of transactions: the newest blocks stay however large they are. */
  readonly keptBytes: number;
}

/** Blocks that are not final yet, and those around them. */
const ALWAYS_KEPT = 16;

/** The chain's blocks: the newest in memory, the others in the store if there is one. */
export class BlockHistory {
  readonly #limits: BlockLimits;
  readonly #store: BlockStore | null;
  readonly #blocks: Block[];
  readonly #numbers: Map<string, number>;
  #first: number;
  #bytes = 0;

  /** @param blocks the newest so far, ascending, at least one */
  constructor(limits: BlockLimits, store: BlockStore | null, blocks: readonly Block[]) {
    const [first] = blocks;
    if (first === undefined) throw new RangeError('A chain has at least its genesis block');
    this.#limits = limits;
    this.#store = store;
    this.#blocks = [...blocks];
    this.#numbers = new Map(blocks.map(({ hash, header }) => [hash, header.number]));
    this.#first = first.header.number;
    this.#bytes = blocks.reduce((sum, block) => sum + bytesOf(block), 0);
    this.#forget();
  }

  get head(): Block {
    return this.require(this.#first + this.#blocks.length - 1);
  }

  append(block: Block): void {
    this.#blocks.push(block);
    this.#numbers.set(block.hash, block.header.number);
    this.#bytes += bytesOf(block);
    this.#forget();
  }

  #forget(): void {
    const { keptBlocks, keptBytes } = this.#limits;
    while (this.#blocks.length > keptBlocks || (this.#bytes > keptBytes && this.#blocks.length > ALWAYS_KEPT)) {
      const gone = this.#blocks.shift();
      if (gone === undefined) return;
      this.#first += 1;
      this.#bytes -= bytesOf(gone);
      this.#numbers.delete(gone.hash);
    }
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

const bytesOf = ({ extrinsics }: Block): number => extrinsics.reduce((sum, { length }) => sum + length, 0);
