import { Blake2256 } from '@polkadot-api/substrate-bindings';
import { toHex } from '#protocol/bytes.ts';
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
  | { readonly kind: 'refused'; readonly reason: Invalidity | 'AlreadyImported' | 'Full' };

/** Waiting transactions: more than a subnet's neurons send in a few blocks. */
const MAX_WAITING = 4096;
/** How far ahead of its account's nonce a transaction may wait. */
const MAX_NONCE_AHEAD = 256;

/** Transactions that wait for a block. A signer's are taken in the order of their nonces. */
export class TransactionPool {
  /** By hash, in the order in which they came. */
  readonly #entries = new Map<string, PoolEntry>();
  /** By signer, in the order in which they came. */
  readonly #bySigner = new Map<string, PoolEntry[]>();

  get entries(): readonly PoolEntry[] {
    return [...this.#entries.values()];
  }

  /** @param state after the newest block */
  add(
    rules: TransactionRules,
    state: StateBase,
    nextBlock: number,
    extrinsic: Extrinsic,
    tell: PoolEntry['tell'],
  ): Admission {
    const hash = toHex(Blake2256(extrinsic.encoded));
    if (this.#entries.has(hash)) return { kind: 'refused', reason: 'AlreadyImported' };
    if (this.#entries.size >= MAX_WAITING) return { kind: 'refused', reason: 'Full' };
    const { signed } = extrinsic;
    if (signed === null) return { kind: 'refused', reason: 'BadSigner' };
    const reason = this.reasonAgainst(rules, state, nextBlock, extrinsic);
    if (reason !== null) return { kind: 'refused', reason };
    const isReady = signed.nonce === this.nextNonce(state, signed.signer);
    const entry = { hash, extrinsic, tell };
    this.#entries.set(hash, entry);
    const signer = toHex(signed.signer);
    const others = this.#bySigner.get(signer);
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

  /** For the next block: in the order in which they came, but those of one signer by their nonces. */
  ready(): readonly PoolEntry[] {
    const queues = new Map<string, PoolEntry[]>();
    for (const [signer, entries] of this.#bySigner)
      queues.set(
        signer,
        entries.toSorted((a, b) => nonceOf(b) - nonceOf(a)),
      );
    return [...this.#entries.values()].flatMap((entry) => queues.get(signerOf(entry))?.pop() ?? []);
  }

  remove(gone: ReadonlySet<PoolEntry>): void {
    const signers = new Set<string>();
    for (const entry of gone) {
      this.#entries.delete(entry.hash);
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
