import { randomUUID } from 'node:crypto';
import { castDraft } from 'immer';
import type { walletCommands } from '#protocol/contract/wallet.ts';
import { MAX_ORDER_RECORDS, type OrderRecord } from '#protocol/contract/wallet.ts';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import type { Coldkey, Hotkey } from '#protocol/ids.ts';
import type { CommandHandlers } from '../commands.ts';
import type { Ledger } from '../ledger.ts';
import type { Log } from '../log.ts';
import { showNotice } from '../notices.ts';
import type { OrderChain } from '../staking/order-chain.ts';
import type { AppStore } from '../store.ts';
import { openAddressBook } from './address-book.ts';
import { checkAddress } from './check-address.ts';
import { explorerUrl } from './explorer.ts';
import { historyCsv } from './history.ts';
import { createOrderDesk, type OrderDesk } from './order-desk.ts';
import { openOrderStore, type OrderAccount, type StoredOrder } from './order-store.ts';
import { createQuoteBook } from './quote-book.ts';
import { quoteForOwner } from './quote-for-owner.ts';
import { readAddress } from './read-address.ts';
import { readSubnets } from './read-subnets.ts';
import { readValidators } from './read-validators.ts';
import { openSigner, type WalletSigners } from './signers.ts';
import { watchStake } from './stake-watch.ts';

interface WalletServiceOptions {
  readonly home: string;
  readonly store: AppStore;
  readonly signers: WalletSigners;
  readonly ledger: Pick<Ledger, 'payments'>;
  readonly nowMs: () => number;
  readonly log: Log;
  readonly randomId?: () => string;
}

interface ChainKind {
  /** Whether the devnet's own key may sign for it. */
  readonly isDevnet: boolean;
  /** The subnet that was chosen, if any. */
  readonly netuid: number | null;
  /** Under which name the ledger has its payments. */
  readonly ledgerKey: (genesisHash: string) => string;
}

/** The wallet's part of the contract, and of the state: `wallet.stake`, `wallet.orders` and `wallet.addressBook`. */
export interface WalletService {
  readonly handlers: Pick<CommandHandlers, keyof typeof walletCommands>;
  /**
   * Works with this chain and the state's coldkey from now on, and leaves the chain that was before. Call it again when the
   * coldkey is another one. Who connected to the chain closes it, after `leaveChain`.
   */
  useChain(chain: OrderChain, kind: ChainKind): void;
  /** Uses the chain no more; the state has nothing of it any more. What is being signed is not sent. */
  leaveChain(): void;
  /** Idempotent. */
  close(): void;
}

/** Of orders, and of payments: some years' worth. */
const MAX_EXPORTED = 50_000;

/** A chain that has said which one it is. */
interface Link extends ChainKind {
  readonly chain: OrderChain;
  readonly account: OrderAccount;
  readonly desk: OrderDesk;
}

/** @throws MillraceError DATABASE, SETTINGS */
export function createWalletService(options: WalletServiceOptions): WalletService {
  const { home, store, signers, ledger, nowMs, log, randomId = randomUUID } = options;
  const { book, damagedPath: damagedBook } = openAddressBook(home, nowMs());
  const { orders, damagedPath: damagedOrders } = openOrderStore(home, nowMs());
  const quotes = createQuoteBook(nowMs, randomId);
  let link: Link | null = null;
  let unlink = (): void => undefined;
  let isClosed = false;

  const damaged = (id: string, what: string, path: string | null, rest: string): void => {
    if (path === null) return;
    const message = `The ${what} was damaged. It was kept as ${path}; ${rest}`;
    showNotice(store, { id, level: 'warning', message, atMs: nowMs() });
  };
  damaged('address-book-damaged', 'address book', damagedBook, 'a new one was begun.');
  damaged('orders-damaged', 'database of orders', damagedOrders, 'what was done before is on the chain.');

  const showBook = (): void =>
    store.update((draft) => void (draft.wallet.addressBook = castDraft([...book.entries()])));
  const failed = (error: unknown): void => {
    log('error', errorMessage(error));
    showNotice(store, { id: 'orders-failed', level: 'error', message: errorMessage(error), atMs: nowMs() });
  };

  const linked = (): Link => {
    if (link !== null) return link;
    throw new MillraceError('CHAIN_UNREACHABLE', 'The chain has not been reached yet. Try again when it is connected.');
  };

  function begin(chain: OrderChain, kind: ChainKind, account: OrderAccount): () => void {
    const { genesisHash, coldkey } = account;
    const watch = watchStake({ chain, coldkey, store, nowMs, log });
    const show = (): void => {
      try {
        const records = desk.recent(MAX_ORDER_RECORDS).map((order) => recordOf(order, genesisHash));
        store.update((draft) => void (draft.wallet.orders = castDraft(records)));
      } catch (error) {
        failed(error);
      }
    };
    const onChange = (isPaid: boolean): void => {
      show();
      if (isPaid) watch.refresh();
    };
    const desk = createOrderDesk({ chain, account, orders, nowMs, randomId, log, onChange });
    link = { ...kind, chain, account, desk };
    try {
      desk.resume();
    } catch (error) {
      failed(error);
    }
    show();
    watch.refresh();
    return () => {
      link = null;
      desk.close();
      watch.close();
    };
  }

  const leaveChain = (): void => {
    unlink();
    unlink = () => undefined;
    store.update(({ wallet }) => {
      wallet.stake = null;
      wallet.orders = [];
    });
  };

  showBook();
  return {
    handlers: {
      'wallet.quote': (asked) => quoteForOwner(linked(), quotes, asked),
      'wallet.place': async ({ quoteId, signing }) => {
        const shown = quotes.get(quoteId);
        const current = linked();
        if (shown.genesisHash !== current.account.genesisHash || shown.coldkey !== current.account.coldkey) {
          throw new MillraceError('NOT_FOUND', 'This quote is of another chain or coldkey. Look at a new one.');
        }
        const claim = (): void => {
          quotes.get(quoteId);
          quotes.remove(quoteId);
        };
        const open = (signal: AbortSignal) => openSigner({ ...current, signers }, signing, shown, signal);
        return { orderId: await current.desk.place(shown, open, claim) };
      },
      'wallet.cancel': ({ orderId }) => linked().desk.cancel(orderId),
      'wallet.subnets': () => linked().chain.connection.ask('The subnets', readSubnets),
      'wallet.validators': ({ netuid }) => {
        const own = store.get().wallet.stake?.positions.filter((each) => each.netuid === netuid) ?? [];
        const hotkeys = own.map(({ hotkey }) => hotkey);
        return linked().chain.connection.ask('The validators', (api) => readValidators(api, netuid, hotkeys));
      },
      'wallet.check-address': (asked) => checkAddress(asked, { link, wallet: store.get().wallet, book }),
      'wallet.name-address': ({ address, name }) => {
        const read = readAddress(address);
        if ('message' in read) throw new MillraceError('USAGE', read.message);
        book.name(read.address, name);
        showBook();
      },
      'wallet.forget-address': ({ address }) => {
        book.forget(address.trim());
        showBook();
      },
      'wallet.export-history': ({ fiat }) => {
        const { account, desk, netuid, ledgerKey } = linked();
        const hotkey = store.get().wallet.hotkey as Hotkey | null;
        const isPaid = hotkey !== null && netuid !== null;
        const paid = isPaid
          ? ledger.payments({ genesisHash: ledgerKey(account.genesisHash), hotkey }, MAX_EXPORTED)
          : [];
        return historyCsv({ netuid, hotkey, fiat }, desk.recent(MAX_EXPORTED), paid);
      },
    },
    useChain(chain, kind) {
      leaveChain();
      const { coldkey } = store.get().wallet;
      let end = (): void => undefined;
      let isOver = false;
      unlink = () => {
        isOver = true;
        end();
      };
      void chain.connection.ready.then((api) => {
        if (isOver || coldkey === null) return;
        const genesisHash = api.genesisHash.toHex().slice(2);
        end = begin(chain, kind, { genesisHash, coldkey: coldkey as Coldkey });
      });
    },
    leaveChain,
    close() {
      if (isClosed) return;
      isClosed = true;
      leaveChain();
      orders.close();
    },
  };
}

const recordOf = (
  { id, placedAtMs, order, pays, receives, status, sent }: StoredOrder,
  genesisHash: string,
): OrderRecord => {
  const block = 'block' in status ? status.block : null;
  return {
    ...{ id, placedAtMs, order, pays, receives, status, hash: sent?.hash ?? null },
    explorerUrl: block === null ? null : explorerUrl(genesisHash, block),
  };
};
