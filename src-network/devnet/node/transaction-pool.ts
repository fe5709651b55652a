import { Blake2256 } from '@polkadot-api/substrate-bindings';
import { fromHex, toHex } from '#protocol/bytes.ts';
import { account } from '../pallets/system.ts';
import type { Extrinsic } from '../runtime/extrinsic.ts';
import { State, type StateBase } from '../runtime/state.ts';
import { type Invalidity, invalidity, type TransactionRules } from '../runtime/validate.ts';

/** What becomes of a transaction, as `author_extrinsicUpdate` says it. */
export type TransactionStatus =
  | { readonly kind: 'future' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'inBlock'; readonly block: string }
  | { readonly kind: 'finalized'; readonly block: string }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'dropped' };

export interface PoolEntry {
  readonly hash: string;
  readonly extrinsic: Extrinsic;
  readonly tell: (status: TransactionStatus) => void;
}

export type Admission =
  | { readonly kind: 'admitted'; readonly hash: string }
  | { readonly kind: 'refused'; readonly reason: Invalidity | 'AlreadyImported' | 'TooLowPriority' | 'Full' };

export interface PoolLimits {
  /** Waiting transactions: more than a subnet's neurons send in a few blocks. */
  readonly waiting: number;
  /** Of them, those whose nonce is ahead: they may wait for ever. As Substrate's own. */
  readonly future: number;
  /** Of all together. As Substrate's own. */
  readonly bytes: number;
}

const USUAL_LIMITS: PoolLimits = { waiting: 4096, future: 512, bytes: 20 * 1024 * 1024 };
/** How far ahead of its account's nonce a transaction may wait. */
const MAX_NONCE_AHEAD = 256;

/** Transactions that wait for a block. A signer's are taken in the order of their nonces. */
export class TransactionPool {
  /** By hash, in the order in which they came. */
  readonly #entries = new Map<string, PoolEntry>();
  /** By signer, in the order in which they came. */
  readonly #bySigner = new Map<string, PoolEntry[]>();
  readonly #limits: PoolLimits;
  #bytes = 0;

  constructor(limits = USUAL_LIMITS) {
    this.#limits = limits;
  }

  get entries(): readonly PoolEntry[] {
    return [...this.#entries.values()];
  }

  /**
   * Of two with one nonce the first stays, whatever tip the second has: Substrate would let a higher one replace it.
   * @param state after the newest block
   */
  add(
    rules: TransactionRules,
    state: StateBase,
    nextBlock: number,
    extrinsic: Extrinsic,
    tell: PoolEntry['tell'],
  ): Admission {
    const hash = toHex(Blake2256(extrinsic.encoded));
    if (this.#entries.has(hash)) return { kind: 'refused', reason: 'AlreadyImported' };
    if (this.#entries.size >= this.#limits.waiting || this.#bytes + extrinsic.encoded.length > this.#limits.bytes)
      return { kind: 'refused', reason: 'Full' };
    const { signed } = extrinsic;
    if (signed === null) return { kind: 'refused', reason: 'BadSigner' };
    const reason = this.reasonAgainst(rules, state, nextBlock, extrinsic);
    if (reason !== null) return { kind: 'refused', reason };
    const signer = toHex(signed.signer);
    const others = this.#bySigner.get(signer);
    if (others?.some((each) => nonceOf(each) === signed.nonce) === true)
      return { kind: 'refused', reason: 'TooLowPriority' };
    const isReady = signed.nonce === this.nextNonce(state, signed.signer);
    if (!isReady && this.#entries.size - this.ready(state).length >= this.#limits.future)
      return { kind: 'refused', reason: 'Full' };
    const entry = { hash, extrinsic, tell };
    this.#entries.set(hash, entry);
    this.#bytes += extrinsic.encoded.length;
    if (others === undefined) this.#bySigner.set(signer, [entry]);
    else others.push(entry);
    tell({ kind: isReady ? 'ready' : 'future' });
    return { kind: 'admitted', hash };
  }

  /** Why it can never be in a block, as far as is known now; one whose nonce is ahead is checked as if its turn had come. */
  reasonAgainst(rules: TransactionRules, state: StateBase, nextBlock: number, extrinsic: Extrinsic): Invalidity | null {
    const { signed } = extrinsic;
    if (signed === null) return 'BadSigner';
    const view = new State(state);
    const known = view.get(account, signed.signer);
    const isAhead = signed.nonce > known.nonce && signed.nonce - known.nonce <= MAX_NONCE_AHEAD;
    if (isAhead) view.set(account, signed.signer, { ...known, nonce: signed.nonce });
    return invalidity(rules, view, nextBlock, extrinsic);
  }

  /** For the next transaction of this account, those that wait counted. */
  nextNonce(state: StateBase, who: Uint8Array): number {
    const waiting = new Set(this.#bySigner.get(toHex(who))?.map(nonceOf));
    let { nonce } = new State(state).get(account, who);
    while (waiting.has(nonce)) nonce += 1;
    return nonce;
  }

  /**
   * Those whose turn it is, for the next block: in the order in which they came, but those of one signer by their nonces.
   * @param state after the newest block
   */
  ready(state: StateBase): readonly PoolEntry[] {
    const view = new State(state);
    const queues = new Map<string, PoolEntry[]>();
    for (const [signer, entries] of this.#bySigner) {
      let { nonce } = view.get(account, fromHex(signer));
      const queue: PoolEntry[] = [];
      for (const entry of entries.toSorted((a, b) => nonceOf(a) - nonceOf(b))) {
        if (nonceOf(entry) !== nonce) continue;
        queue.push(entry);
        nonce += 1;
      }
      queues.set(signer, queue.reverse());
    }
    return [...this.#entries.values()].flatMap((entry) => queues.get(signerOf(entry))?.pop() ?? []);
  }

  remove(gone: ReadonlySet<PoolEntry>): void {
    const signers = new Set<string>();
    for (const entry of gone) {
      if (this.#entries.delete(entry.hash)) this.#bytes -= entry.extrinsic.encoded.length;
      signers.add(signerOf(entry));
    }
    for (const signer of signers) {
      const left = this.#bySigner.get(signer)?.filter((entry) => !gone.has(entry)) ?? [];
      if (left.length > 0) this.#bySigner.set(signer, left);
      else this.#bySigner.delete(signer);
    }
  }
}

const signerOf = ({ extrinsic: { signed } }: PoolEntry): string => toHex(signed?.signer ?? new Uint8Array());
const nonceOf = ({ extrinsic: { signed } }: PoolEntry): number => signed?.nonce ?? 0;
