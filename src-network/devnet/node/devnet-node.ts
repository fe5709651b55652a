import { fromHex, toHex, utf8 } from '#protocol/bytes.ts';
import { MillraceError } from '#protocol/errors.ts';
import { decodeExtrinsic } from '../runtime/extrinsic.ts';
import { type ExecutedBlock, executeBlock } from '../runtime/execute-block.ts';
import { hashOfHeader } from '../runtime/header.ts';
import { blockHash } from '../pallets/system.ts';
import { now } from '../pallets/timestamp.ts';
import { type Changes, State, type StateBase } from '../runtime/state.ts';
import { StateTrie } from '../runtime/state-trie.ts';
import { trieRoot } from '../runtime/trie-root.ts';
import { RUNTIME_VERSION } from '../runtime/version.ts';
import type { TransactionRules } from '../runtime/validate.ts';
import type { Block, NewBlock } from './block.ts';
import { BlockHistory } from './block-history.ts';
import type { BlockStore, StoredChain } from './block-store.ts';
import { StateHistory } from './state-history.ts';
import { type Admission, type PoolEntry, TransactionPool } from './transaction-pool.ts';

/** Blocks whose state can be read, and which are kept in memory: an hour and more at a second each. */
const KEPT_BLOCKS = 4096;
const HISTORY_LIMITS = { keptBlocks: KEPT_BLOCKS, keptBytes: 256 * 1024 * 1024 };
/** So many blocks after a block it is final: about as long as on the real chain. */
const FINALITY_LAG = 2;
/** Transactions of one block at most. */
const MAX_IN_BLOCK = 2048;
/** Of their bytes: three quarters of a block, as on the real chain (runtime/src/lib.rs, BlockLength). */
const MAX_BLOCK_BYTES = (5 * 1024 * 1024 * 3) / 4;

export interface DevnetNodeOptions {
  readonly rules: Omit<TransactionRules, 'genesisHash'>;
  /** State of block 0; not asked for when the store has a chain already. */
  readonly genesis: () => Changes;
  /** Has each block before anyone hears of it; what it throws is thrown by `produceBlock`, and the block has never been. */
  readonly store?: BlockStore;
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
  readonly #history: StateHistory;
  readonly #trie = new StateTrie();
  readonly #blocks: BlockHistory;
  readonly #listeners = new Set<BlockEvents>();
  readonly #store: BlockStore | null;
  #inBlock: { readonly block: number; readonly entries: readonly PoolEntry[] }[] = [];
  #finalized: number;

  /** @throws MillraceError DATABASE when what is stored contradicts itself */
  constructor({ rules, genesis, store }: DevnetNodeOptions) {
    this.#store = store ?? null;
    const stored = store?.load(KEPT_BLOCKS) ?? null;
    if (stored === null) {
      const changes = new Map([[CODE_KEY, utf8(CODE)], ...genesis()]);
      this.#history = new StateHistory(HISTORY_LIMITS);
      const block = this.#sealed(ZERO_HASH, 0, { changes, extrinsics: [], extrinsicsRoot: trieRoot([]) });
      this.#history.append(0, changes);
      store?.append(block, changes, 0);
      this.#blocks = new BlockHistory(HISTORY_LIMITS, this.#store, [block]);
      this.rules = { ...rules, genesisHash: fromHex(block.hash) };
    } else {
      this.#blocks = new BlockHistory(HISTORY_LIMITS, this.#store, stored.blocks);
      this.rules = { ...rules, genesisHash: fromHex(stored.genesisHash) };
      this.#history = this.#restored(stored);
    }
    this.#finalized = Math.max(0, this.head.header.number - FINALITY_LAG);
  }

  get head(): Block {
    return this.#blocks.head;
  }

  get finalized(): Block {
    return this.#blocks.require(this.#finalized);
  }

  get genesisHash(): string {
    return toHex(this.rules.genesisHash);
  }

  /** `null` when there is none (any more). The genesis block's hash is always known. */
  blockHash(number: number): string | null {
    return number === 0 ? this.genesisHash : (this.#blocks.at(number)?.hash ?? null);
  }

  block(hash: string): Block | null {
    return this.#blocks.of(hash);
  }

  /** After the block of this hash; `null` when there is no such block, or its state is forgotten. */
  state(hash: string): StateBase | null {
    const block = this.#blocks.of(hash);
    return block === null ? null : this.#history.at(block.header.number);
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

  /**
   * Makes the next block of what waits.
   * @param wallMs the time; should it have gone back, the block is a millisecond after the one before all the same
   * @throws MillraceError DATABASE when it cannot be stored
   */
  produceBlock(wallMs: number): NewBlock {
    const { head } = this;
    const parentHash = hashOfHeader(head.header);
    const number = head.header.number + 1;
    const nowMs = Math.max(wallMs, Number(new State(this.headState).get(now)) + 1);
    const ready = this.pool.ready(this.headState);
    const waiting = fitting(ready);
    const inputs = { number, parentHash, nowMs, transactions: waiting.map(({ extrinsic }) => extrinsic) };
    const executed = executeBlock(this.rules, this.headState, inputs);
    const { changes, events } = executed;
    const kept = this.#sealed(parentHash, number, executed);
    this.#storeOrUndo(kept, changes);
    this.#history.append(number, changes);
    this.#blocks.append(kept);
    const block: NewBlock = { ...kept, events, changedKeys: new Set(changes.keys()) };
    const isReady = new Set(ready);
    const early = this.pool.entries.filter((entry) => !isReady.has(entry));
    this.#tellSenders(block, waiting, executed.outcomes, early);
    for (const { best } of this.#listeners) best?.(block);
    this.#finalize(number - FINALITY_LAG);
    return block;
  }

  /** Returns the unsubscribe function. */
  onBlock(listener: BlockEvents): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** With the changes in the trie, and its root in the header. */
  #sealed(
    parentHash: Uint8Array,
    number: number,
    { changes, extrinsics, extrinsicsRoot }: Pick<ExecutedBlock, 'changes' | 'extrinsics' | 'extrinsicsRoot'>,
  ): Block {
    this.#trie.apply(changes);
    const header = { parentHash, number, stateRoot: this.#trie.root(), extrinsicsRoot, digest: { logs: [] } };
    return { hash: toHex(hashOfHeader(header)), header, extrinsics };
  }

  #storeOrUndo(block: Block, changes: Changes): void {
    try {
      this.#store?.append(block, changes, this.#history.oldest);
    } catch (error) {
      const { headState } = this;
      this.#trie.apply(new Map([...changes.keys()].map((key) => [key, headState.raw(key)])));
      throw error;
    }
  }

  #restored({ versions, oldestState }: StoredChain): StateHistory {
    const { number, stateRoot } = this.head.header;
    const history = StateHistory.restored(HISTORY_LIMITS, versions, number, oldestState);
    const state = history.at(number);
    if (state !== null) this.#trie.apply(new Map(state.keys('').map((key) => [key, state.raw(key)])));
    if (toHex(this.#trie.root()) !== toHex(stateRoot)) {
      throw new MillraceError('DATABASE', `The state after block ${number} has another root than the block says`);
    }
    return history;
  }

  #tellSenders(
    block: Block,
    waiting: readonly PoolEntry[],
    outcomes: readonly unknown[],
    early: readonly PoolEntry[],
  ): void {
    const included = waiting.filter((_, index) => outcomes[index] !== undefined);
    const { number } = block.header;
    // What has a nonce that is not its turn yet stays; what can never be in a block goes.
    const left = new Set(included);
    for (const entry of [...waiting, ...early]) {
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
}

/** As many of the first as a block may hold. */
function fitting(ready: readonly PoolEntry[]): readonly PoolEntry[] {
  let left = MAX_BLOCK_BYTES;
  const end = ready.findIndex(({ extrinsic }) => (left -= extrinsic.encoded.length) < 0);
  return ready.slice(0, end === -1 ? MAX_IN_BLOCK : Math.min(end, MAX_IN_BLOCK));
}
