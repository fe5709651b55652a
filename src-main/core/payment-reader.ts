import type { BlockRange, ChainClient, EmissionEvent } from '#protocol/chain/chain-client.ts';
import { ProtocolError } from '#protocol/errors.ts';
import type { Ledger, LedgerAccount, PaidEmission } from './ledger.ts';
import { unreadRanges } from './read-ranges.ts';
import { findNeuron } from './registration.ts';

export interface PaymentReaderOptions {
  readonly chain: ChainClient;
  readonly netuid: number;
  readonly ledger: Ledger;
  readonly account: LedgerAccount;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  /** Called when the ledger's payments are others than before. */
  readonly onNews: () => void;
}

export interface PaymentsRead {
  /** The payments of all blocks up to this final one are in the ledger, but for `unread`. */
  readonly finalBlock: number;
  readonly unread: readonly BlockRange[];
  /** Those of them in which the hotkey may have been paid, and which the node has forgotten: newest first. */
  readonly forgotten: readonly BlockRange[];
}

/** Brings the final payments of one connection to the chain into the ledger. */
export interface PaymentReader {
  /**
   * Reads what is missing, the newest first, and writes it down page by page. `null`: the node is behind what was read already.
   * @throws MillraceError of the chain or the ledger
   */
  read(): Promise<PaymentsRead | null>;
}

/** A node of today may be behind another by so much (an hour on the real chain); what was read of later blocks was made up. */
const MAX_LAG_BLOCKS = 300;
/** Whose newest final block is older is still catching up: it says nothing of later blocks. */
const CATCHING_UP_MS = 3_600_000;
/** In one turn: the newest blocks should not wait for all of the past. */
const MAX_PAGES = 20;
/** Blocks without a payment are written down together, because that waits for the disk. */
const UNWRITTEN_BLOCKS = 100;

export function createPaymentReader({
  chain,
  netuid,
  ledger,
  account,
  signal,
  nowMs,
  onNews,
}: PaymentReaderOptions): PaymentReader {
  /** Whether this node has the blocks that were read from others. */
  let isCompared = false;
  let forgottenUntil = 0;
  /** Before this block it was not paid as the neuron that it is now; `null`: not asked, as nothing was forgotten. */
  let registeredAt: number | null = null;

  const read = async (): Promise<PaymentsRead | null> => {
    const finalBlock = await chain.finalized(signal);
    isCompared ||= await compare(finalBlock);
    if (!isCompared) return null;
    /** Ends the newest blocks, in which nothing was paid and which are not written down yet. */
    let unwritten: number | null = null;
    const unread = (): readonly BlockRange[] =>
      unreadRanges(ledger.readRanges(account), finalBlock).filter(({ untilBlock }) => untilBlock !== unwritten);
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const next = unread()
        .map((range) => ({ ...range, afterBlock: Math.max(range.afterBlock, forgottenUntil) }))
        .find((range) => range.afterBlock < range.untilBlock);
      if (next === undefined) break;
      const added = await readPage(next);
      if (added === null) unwritten = next.untilBlock;
      else if (added > 0) onNews();
    }
    return { finalBlock, unread: unread(), forgotten: forgottenOf(unread()) };
  };

  const registration = async (): Promise<number> => {
    const neuron = findNeuron(await chain.neurons(netuid, signal), account.hotkey);
    if (neuron !== undefined) return neuron.registeredAtBlock;
    return ledger.paidBlocks(account, 0, 1).length > 0 ? 0 : Infinity;
  };
  const forgottenOf = (unread: readonly BlockRange[]): readonly BlockRange[] =>
    unread
      .map(({ afterBlock, untilBlock }) => ({
        afterBlock: Math.max(afterBlock, registeredAt ?? Infinity),
        untilBlock: Math.min(untilBlock, forgottenUntil),
      }))
      .filter(({ afterBlock, untilBlock }) => afterBlock < untilBlock);

  /** Returns how many payments are new; `null` when there are none and it is not worth the disk's time. */
  const readPage = async (range: BlockRange): Promise<number | null> => {
    const { events, afterBlock, isForgotten } = await chain.emissions(netuid, account.hotkey, range, signal);
    // A chain that answers with something else than asked must neither count nor keep us busy for ever.
    const isProgress = isForgotten || afterBlock < range.untilBlock;
    if (afterBlock < range.afterBlock || afterBlock > range.untilBlock || !isProgress) {
      throw new ProtocolError('The chain did not tell of the blocks that it was asked about');
    }
    if (isForgotten) {
      forgottenUntil = Math.max(forgottenUntil, afterBlock);
      registeredAt ??= await registration();
    }
    const ours = events.filter(
      ({ hotkey, block }) => hotkey === account.hotkey && block > afterBlock && block <= range.untilBlock,
    );
    const isShort = range.untilBlock - range.afterBlock < UNWRITTEN_BLOCKS;
    if (ours.length === 0 && afterBlock === range.afterBlock && afterBlock !== forgottenUntil && isShort) return null;
    const paid = await Promise.all(ours.map((event) => withBlock(chain, event, signal)));
    const last = await chain.block(range.untilBlock, signal);
    signal.throwIfAborted();
    const read = { afterBlock, untilBlock: range.untilBlock, untilHash: last?.hash ?? null };
    return ledger.recordEmissions(account, paid, read);
  };

  /** Takes back what was read of blocks that the node does not have, to be read anew. `false`: the node has not got so far yet. */
  const compare = async (finalBlock: number): Promise<boolean> => {
    const newest = ledger.readRanges(account).at(-1);
    if (newest === undefined) return true;
    if (newest.untilBlock > finalBlock) {
      if (newest.untilBlock - finalBlock <= MAX_LAG_BLOCKS || (await isCatchingUp(finalBlock))) return false;
    } else if (newest.untilHash === null || (await hasBlock(newest.untilBlock, newest.untilHash))) return true;
    const kept = await newestKept(finalBlock);
    signal.throwIfAborted();
    ledger.forgetAfter(account, kept);
    onNews();
    return true;
  };

  const isCatchingUp = async (finalBlock: number): Promise<boolean> => {
    const final = await chain.block(finalBlock, signal);
    return final === null || nowMs() - final.timestampMs > CATCHING_UP_MS;
  };

  /** A block whose state the node has forgotten cannot tell, and counts as the same. */
  const hasBlock = async (number: number, hash: string): Promise<boolean> => {
    const block = await chain.block(number, signal);
    return block === null || block.hash === hash;
  };

  /** The newest block with a payment that the chain has: whatever is before it the chain has too. 0 when it has none. */
  const newestKept = async (finalBlock: number): Promise<number> => {
    const paidAt = (index: number) => ledger.paidBlocks(account, index, 1)[0];
    const isGone = async (index: number): Promise<boolean> => {
      const paid = paidAt(index);
      if (paid === undefined) return false;
      return paid.block > finalBlock || (paid.hash !== null && !(await hasBlock(paid.block, paid.hash)));
    };
    let [gone, kept] = [-1, 0];
    while (await isGone(kept)) [gone, kept] = [kept, 2 * kept + 1];
    while (kept - gone > 1) {
      const middle = Math.floor((gone + kept) / 2);
      if (await isGone(middle)) gone = middle;
      else kept = middle;
    }
    return paidAt(kept)?.block ?? 0;
  };

  return { read };
}

async function withBlock(chain: ChainClient, event: EmissionEvent, signal: AbortSignal): Promise<PaidEmission> {
  const { block, amountAlpha, amountRao } = event;
  const header = await chain.block(block, signal);
  if (header === null)
    throw new ProtocolError(`The chain tells of a payment in block ${block}, which it does not have`);
  return { block, amountAlpha, amountRao, paidAtMs: header.timestampMs, blockHash: header.hash };
}
