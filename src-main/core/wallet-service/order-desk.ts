import type { SentCall } from '#protocol/chain/subtensor/call-life.ts';
import type { OrderStatus } from '#protocol/contract/wallet.ts';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import type { Log } from '../log.ts';
import { followOrder, type OrderProgress } from '../staking/follow-order.ts';
import type { OrderChain } from '../staking/order-chain.ts';
import { placeOrders } from '../staking/place-orders.ts';
import { amountText } from './order-text.ts';
import type { OrderAccount, OrderStore, StoredOrder } from './order-store.ts';
import type { ShownQuote } from './quote-book.ts';
import { mostNonce, refusedOrders } from './refused-orders.ts';
import type { OpenedSigner } from './signers.ts';

interface OrderDeskOptions {
  readonly chain: OrderChain;
  readonly account: OrderAccount;
  readonly orders: OrderStore;
  readonly nowMs: () => number;
  readonly randomId: () => string;
  readonly log: Log;
  /** Something is to be shown anew. @param isPaid whether money has moved */
  readonly onChange: (isPaid: boolean) => void;
}

/** Signs, sends and follows the orders of one coldkey on one chain. Nothing is ever sent twice. */
export interface OrderDesk {
  /** Follows what a former run has sent, and says of what it has not that it was not. */
  resume(): void;
  /**
   * Opens the key, then answers with the order's id while it is signed, sent and followed. A wrong password is no order.
   * @param claim takes the quote from the book; throws when it is too old by now
   * @throws MillraceError ALREADY_RUNNING while another is being signed, DATABASE; what `open` and `claim` throw
   */
  place(shown: ShownQuote, open: (signal: AbortSignal) => Promise<OpenedSigner>, claim: () => void): Promise<string>;
  /** @throws MillraceError NOT_FOUND when it is not being signed */
  cancel(orderId: string): void;
  /** Newest first. */
  recent(limit: number): readonly StoredOrder[];
  /** What is signed goes on by itself on the chain; what is not is not sent. */
  close(): void;
}

/** More than these at once were not made by a person. */
const MAX_FOLLOWED = 200;

interface BeingSigned {
  /** `null` while the key is opened. */
  id: string | null;
  readonly controller: AbortController;
}

export function createOrderDesk(options: OrderDeskOptions): OrderDesk {
  const { chain, account, orders, nowMs, randomId, log, onChange } = options;
  const closing = new AbortController();
  /** What could not be written: shown while this process runs. After a restart it is found out again. */
  const unwritten = new Map<string, OrderStatus>();
  const running = new Set<AbortController>();
  let beingSigned: BeingSigned | null = null;

  const setStatus = (id: string, status: OrderStatus): void => {
    if (closing.signal.aborted) return;
    try {
      orders.setStatus(id, status);
      unwritten.delete(id);
    } catch (error) {
      log('error', errorMessage(error));
      unwritten.set(id, status);
    }
    onChange(status.kind === 'in-block' || status.kind === 'finalized');
  };
  const onProgress = (id: string) => (progress: OrderProgress) => setStatus(id, statusOf(progress));

  const follow = (id: string, sent: SentCall): void => {
    followOrder(chain, sent, onProgress(id), closing.signal).catch((error: unknown) => {
      if (!closing.signal.aborted) log('error', `Order ${id} is no longer followed: ${errorMessage(error)}`);
    });
  };

  /** A node that refused it may have passed it on all the same: then the history must say so, and nobody sends it again. */
  const followRefused = (id: string, sent: SentCall): void => {
    let isSeen = false;
    const onNews = (progress: OrderProgress): void => {
      isSeen ||= 'block' in progress && progress.block !== null;
      if (isSeen) setStatus(id, statusOf(progress));
    };
    followOrder(chain, sent, onNews, closing.signal)
      .then(() => {
        // Closed meanwhile, it is looked for again at the next start.
        if (!isSeen && !closing.signal.aborted) orders.setVoid(id);
      })
      .catch(() => undefined);
  };

  async function run(id: string, shown: ShownQuote, opened: OpenedSigner, signing: BeingSigned): Promise<void> {
    const written: { sent: SentCall | null } = { sent: null };
    const { signal } = signing.controller;
    const signed = (): void => {
      opened.wipe();
      if (beingSigned === signing) beingSigned = null;
    };
    const writeDown = (call: SentCall, nonce: number): void => {
      signed();
      if (signal.aborted) throw cancelled();
      orders.setSent(account, id, call, nonce);
      written.sent = call;
      onChange(false);
    };
    running.add(signing.controller);
    try {
      const most = mostNonce(orders, account, nowMs());
      const placement = {
        orders: [shown],
        signer: opened.signer,
        writeDown,
        onProgress: onProgress(id),
        mostNonce: most,
      };
      const end = await placeOrders(chain, placement, signal);
      const isByNode = end.kind === 'refused' && end.block === null && end.error !== 'Expired';
      if (isByNode && written.sent !== null) followRefused(id, written.sent);
    } catch (error) {
      signed();
      // What was cancelled has been told already.
      if (written.sent === null && !signal.aborted) setStatus(id, { kind: 'not-sent', message: errorMessage(error) });
      // Whether it arrived shows in the blocks.
      if (written.sent !== null && !closing.signal.aborted) follow(id, written.sent);
    } finally {
      running.delete(signing.controller);
    }
  }

  const giveUp = (signing: BeingSigned, message: string): void => {
    beingSigned = null;
    if (signing.id !== null) setStatus(signing.id, { kind: 'not-sent', message });
    signing.controller.abort(cancelled());
  };

  return {
    resume() {
      for (const { id, sent } of orders.open(account, MAX_FOLLOWED)) {
        if (sent !== null) follow(id, sent);
        else setStatus(id, { kind: 'not-sent', message: 'Millrace ended before this was signed. Nothing was sent.' });
      }
      for (const { id, sent } of refusedOrders(orders, account, nowMs())) {
        if (sent !== null) followRefused(id, sent);
      }
    },
    async place(shown, open, claim) {
      if (beingSigned !== null) {
        throw new MillraceError('ALREADY_RUNNING', 'Another order is being signed. Finish or cancel that one first.');
      }
      const signing: BeingSigned = { id: null, controller: new AbortController() };
      beingSigned = signing;
      let opened: OpenedSigner | null = null;
      try {
        opened = await open(signing.controller.signal);
        if (signing.controller.signal.aborted) throw cancelled();
        claim();
        const id = randomId();
        const { input, quote } = shown;
        orders.add(account, {
          ...{ id, placedAtMs: nowMs(), order: input, pays: amountText(quote.pays) },
          receives: quote.receives === null ? null : amountText(quote.receives),
          ...{ feeRao: quote.transactionFee.toString(), status: { kind: 'signing' }, sent: null },
        });
        signing.id = id;
        void run(id, shown, opened, signing);
        onChange(false);
        return id;
      } catch (error) {
        opened?.wipe();
        if (beingSigned === signing) beingSigned = null;
        throw error;
      }
    },
    cancel(orderId) {
      if (beingSigned?.id !== orderId) {
        throw new MillraceError(
          'NOT_FOUND',
          'This order is not being signed. What is signed cannot be taken back; what is over need not be.',
        );
      }
      giveUp(beingSigned, 'You cancelled it before it was signed. Nothing was sent.');
    },
    recent: (limit) =>
      orders.recent(account, limit).map((order) => ({ ...order, status: unwritten.get(order.id) ?? order.status })),
    close() {
      if (beingSigned !== null) giveUp(beingSigned, 'Millrace ended before this was signed. Nothing was sent.');
      const closed = new MillraceError('ABORTED', 'The wallet is closed');
      closing.abort(closed);
      for (const controller of running) controller.abort(closed);
    },
  };
}

const cancelled = (): MillraceError => new MillraceError('ABORTED', 'This was cancelled. Nothing was sent.');

/** What a client is shown of it. */
export function statusOf(progress: OrderProgress): OrderStatus {
  return progress.kind === 'in-block' ? { kind: 'in-block', block: progress.block } : progress;
}
