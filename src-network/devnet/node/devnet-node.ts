import { toHex, utf8 } from '#protocol/bytes.ts';
import { decodeExtrinsic } from '../runtime/extrinsic.ts';
import { executeBlock } from '../runtime/execute-block.ts';
import { hashOfHeader, type Header } from '../runtime/header.ts';
import { blockHash } from '../pallets/system.ts';
import { type Changes, State, type StateBase } from '../runtime/state.ts';
import { stateTrieRoot } from '../runtime/state-trie.ts';
import { RUNTIME_VERSION } from '../runtime/version.ts';
import type { TransactionRules } from '../runtime/validate.ts';
import type { Block, NewBlock } from './block.ts';
import { StateHistory } from './state-history.ts';
import { type Admission, type PoolEntry, TransactionPool } from './transaction-pool.ts';

/** Blocks whose state can be read, and whose extrinsics are kept: an hour and more at a second each. */
const KEPT_BLOCKS = 4096;
/** So many blocks after a block it is final: about as long as on the real chain. */
const FINALITY_LAG = 2;
/** Transactions of one block at most. */
const MAX_IN_BLOCK = 2048;

export interface DevnetNodeOptions {
  readonly rules: Omit<TransactionRules, 'genesisHash'>;
  readonly genesis: Changes;
  /** Told of each block before anyone else is; what it throws ends the block. */
  readonly store?: (block: NewBlock, changes: Changes) => void;
}

export interface BlockEvents {
  readonly best?: (block: NewBlock) => void;
  readonly finalized?: (block: Block) => void;
}

/** `:code`: by its hash clients see that the runtime is another one. There is no WebAssembly of this one. */
const CODE_KEY = toHex(utf8(':code'));
const CODE = `millrace devnet, runtime ${RUNTIME_VERSION.specVersion}.${RUNTIME_VERSION.implVersion}`;

const ZERO_HASH = new Uint8Array(32);

/** One chain that makes its own blocks when its owner says so: no clock, no network. */
export class DevnetNode {
  readonly rules: TransactionRules;
  readonly pool = new TransactionPool();
  readonly #history = new StateHistory(KEPT_BLOCKS);
  readonly #blocks: Block[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #listeners = new Set<BlockEvents>();
  readonly #store: DevnetNodeOptions['store'];
  #inBlock: { readonly block: number; readonly entries: readonly PoolEntry[] }[] = [];
  #finalized = 0;
  #firstKept = 0;

  constructor({ rules, genesis, store }: DevnetNodeOptions) {
    this.#store = store;
    this.#history.append(0, new Map([[CODE_KEY, utf8(CODE)], ...genesis]));
    const header = { ...this.#childHeader(ZERO_HASH, 0), extrinsicsRoot: stateTrieRoot([]) };
    const block = this.#keep(header, []);
    this.rules = { ...rules, genesisHash: hashOfHeader(block.header) };
  }

  get head(): Block {
    return this.#require(this.#blocks.length + this.#firstKept - 1);
  }

  get finalized(): Block {
    return this.#require(this.#finalized);
  }

  get genesisHash(): string {
    return toHex(this.rules.genesisHash);
  }

  /** `null` when there is none (any more). The genesis block's hash is always known. */
  blockHash(number: number): string | null {
    if (number === 0) return this.genesisHash;
    return this.#blocks[number - this.#firstKept]?.hash ?? null;
  }

  block(hash: string): Block | null {
    const number = this.#numbers.get(hash);
    return number === undefined ? null : (this.#blocks[number - this.#firstKept] ?? null);
  }

  /** After the block of this hash. */
  state(hash: string): StateBase | null {
    const number = this.#numbers.get(hash);
    return number === undefined ? null : this.#history.at(number);
  }

  get headState(): StateBase {
    const state = this.#history.at(this.head.header.number);
    if (state === null) throw new RangeError('The head has no state');
    return state;
  }

  /** What transactions of the next block are checked against: the newest block's hash may have been signed. */
  get #nextState(): State {
    const { header } = this.head;
    const state = new State(this.headState);
    state.set(blockHash, header.number, hashOfHeader(header));
    return state;
  }

  /** @throws ProtocolError when it is no extrinsic of this chain */
  submit(encoded: Uint8Array, tell: PoolEntry['tell']): Admission {
    const extrinsic = decodeExtrinsic(this.rules.runtime, encoded);
    return this.pool.add(this.rules, this.#nextState, this.head.header.number + 1, extrinsic, tell);
  }

  produceBlock(nowMs: number): NewBlock {
    const { head } = this;
    const parentHash = hashOfHeader(head.header);
    const number = head.header.number + 1;
    const waiting = this.pool.ready().slice(0, MAX_IN_BLOCK);
    const inputs = { number, parentHash, nowMs, transactions: waiting.map(({ extrinsic }) => extrinsic) };
    const executed = executeBlock(this.rules, this.headState, inputs);
    this.#history.append(number, executed.changes);
    const header = { ...this.#childHeader(parentHash, number), extrinsicsRoot: executed.extrinsicsRoot };
    const changedKeys = new Set(executed.changes.keys());
    const block: NewBlock = { ...this.#keep(header, executed.extrinsics), events: executed.events, changedKeys };
    this.#store?.(block, executed.changes);
    this.#tellSenders(block, waiting, executed.outcomes);
    for (const { best } of this.#listeners) best?.(block);
    this.#finalize(number - FINALITY_LAG);
    return block;
  }

  /** Returns the unsubscribe function. */
  onBlock(listener: BlockEvents): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #childHeader(parentHash: Uint8Array, number: number): Omit<Header, 'extrinsicsRoot'> {
    return { parentHash, number, stateRoot: stateTrieRoot(this.#history.entries()), digest: { logs: [] } };
  }

  #keep(header: Header, extrinsics: readonly Uint8Array[]): Block {
    const block = { hash: toHex(hashOfHeader(header)), header, extrinsics };
    this.#blocks.push(block);
    this.#numbers.set(block.hash, header.number);
    if (this.#blocks.length > KEPT_BLOCKS) {
      const gone = this.#blocks.shift();
      this.#firstKept += 1;
      if (gone !== undefined) this.#numbers.delete(gone.hash);
    }
    return block;
  }

  #tellSenders(block: Block, waiting: readonly PoolEntry[], outcomes: readonly unknown[]): void {
    const included = waiting.filter((_, index) => outcomes[index] !== undefined);
    const { number } = block.header;
    // What has a nonce that is not its turn yet stays; what can never be in a block goes.
    const left = new Set(included);
    for (const entry of waiting) {
      if (left.has(entry) || !this.#isStale(entry)) continue;
      left.add(entry);
      entry.tell({ kind: 'invalid' });
    }
    this.pool.remove(left);
    for (const entry of included) entry.tell({ kind: 'inBlock', block: block.hash });
    if (included.length > 0) this.#inBlock.push({ block: number, entries: included });
  }

  #isStale({ extrinsic }: PoolEntry): boolean {
    const nextBlock = this.head.header.number + 1;
    return this.pool.reasonAgainst(this.rules, this.#nextState, nextBlock, extrinsic) !== null;
  }

  #finalize(number: number): void {
    if (number <= this.#finalized) return;
    this.#finalized = number;
    const block = this.finalized;
    for (const { entries } of this.#inBlock.filter((each) => each.block <= number)) {
      for (const { tell } of entries) tell({ kind: 'finalized', block: block.hash });
    }
    this.#inBlock = this.#inBlock.filter((each) => each.block > number);
    for (const { finalized } of this.#listeners) finalized?.(block);
  }

  #require(number: number): Block {
    const block = this.#blocks[number - this.#firstKept];
    if (block === undefined) throw new RangeError(`Block ${number} is not kept`);
    return block;
  }
}
