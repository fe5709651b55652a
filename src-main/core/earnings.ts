import type { BlockHeader, BlockRange, ChainClient } from '#protocol/chain/chain-client.ts';
import { EARNED_DAYS, MAX_ROUND_RECORDS } from '#protocol/contract/state.ts';
import { errorCode, errorMessage } from '#protocol/errors.ts';
import type { Hotkey } from '#protocol/ids.ts';
import type { WorkerRound } from '#protocol/worker-messages.ts';
import { lastDaysMs, startOfDayMs } from './earned-days.ts';
import type { Ledger, LedgerAccount } from './ledger.ts';
import type { Log } from './log.ts';
import { removeNotice, showNotice } from './notices.ts';
import { createPaymentReader, type PaymentReader, type PaymentsRead } from './payment-reader.ts';
import { overlaps, unreadRanges } from './read-ranges.ts';
import { mergeRecords, roundRecord } from './round-records.ts';
import { missingPayments, readPending, showDays } from './show-payments.ts';
import { singleFlight } from './single-flight.ts';
import type { AppStore } from './store.ts';

export interface EarningsOptions {
  readonly ledger: Ledger;
  readonly store: AppStore;
  readonly hotkey: Hotkey;
  readonly netuid: number;
  /** Whose numbers are shown until the chain says which one it is; absent: those that were used last. */
  readonly shown?: LedgerAccount | null;
  /** Round length for a worker that does not tell its run's. */
  readonly defaultRoundBlocks: number;
  readonly nowMs: () => number;
  readonly log: Log;
}

export interface Earnings {
  /** Payments and rounds belong to this chain from now on. */
  useChain(chain: ChainClient, genesisHash: string): void;
  /** Reads what was paid up to this block. Calls may come faster than the chain answers. */
  onBlock(block: BlockHeader): void;
  recordRound(round: WorkerRound): void;
  /** Nothing is read or written after this. */
  close(): void;
}

const LEDGER_NOTICE = 'ledger-failed';
const MISSING_NOTICE = 'payments-missing';

/** Follows the chain's payments into the ledger, and shows ledger and rounds in the state. The chain is the truth. */
export function createEarnings(options: EarningsOptions): Earnings {
  const { ledger, store, hotkey, netuid, nowMs, log } = options;
  const closing = new AbortController();
  let chain: ChainClient | null = null;
  let reader: PaymentReader | null = null;
  let account: LedgerAccount | null = options.shown === undefined ? ledger.lastAccount(hotkey) : options.shown;
  let head: BlockHeader | null = null;
  /** Up to which final block payments are in the ledger, and which are not. */
  let read: Pick<PaymentsRead, 'finalBlock' | 'unread'> = account === null ? NOTHING : readBefore(ledger, account);
  const isRead = (range: BlockRange): boolean => range.untilBlock <= read.finalBlock && !overlaps(read.unread, range);

  /** Rounds that the worker told before this process knew which chain they belong to. */
  const early: WorkerRound[] = [];

  /** The day whose sums are in the state; `null`: the sums there are old. Reading them takes long when many were paid. */
  let shownDayMs: number | null = null;

  const showSums = (): void => {
    const dayMs = startOfDayMs(nowMs());
    if (account === null || shownDayMs === dayMs) return;
    const summary = ledger.summary(account, lastDaysMs(nowMs(), EARNED_DAYS));
    store.update((draft) => {
      draft.earnings.totalAlpha = summary.totalAlpha.toString();
      draft.earnings.totalRao = summary.totalRao.toString();
      draft.earnings.todayRao = (summary.days.at(-1)?.rao ?? 0n).toString();
      draft.earnings.lastRewardRao = summary.lastRewardRao?.toString() ?? null;
      draft.earnings.lastRewardAtMs = summary.lastRewardAtMs;
      showDays(draft.earnings, summary.days);
    });
    shownDayMs = dayMs;
  };
  const showRounds = (): void => {
    if (account === null) return;
    const rounds = ledger.recentRounds(account, MAX_ROUND_RECORDS).map((round) => roundRecord(round, isRead));
    const merged = mergeRecords(store.get().rounds, rounds);
    if (merged !== store.get().rounds) store.update((draft) => void (draft.rounds = [...merged]));
  };

  const show = (): void => {
    showSums();
    showRounds();
  };

  /** A full disk must not stop the training: say it, and try again at the next block. */
  const guarded = (work: () => void): void => {
    try {
      work();
      removeNotice(store, LEDGER_NOTICE);
    } catch (error) {
      reportFailure(error);
    }
  };
  const reportFailure = (error: unknown): void => {
    if (errorCode(error) !== 'DATABASE') throw error;
    log('error', errorMessage(error));
    const message = `${errorMessage(error)}. Earnings are safe on the chain and are read again.`;
    showNotice(store, { id: LEDGER_NOTICE, level: 'error', message, atMs: nowMs() });
  };

  const sync = singleFlight(async () => {
    if (chain === null || reader === null || account === null || head === null) return;
    const [client, from, newest] = [chain, reader, head.number];
    const isCurrent = (): boolean => !closing.signal.aborted && reader === from;
    try {
      const payments = await from.read();
      if (payments === null || !isCurrent()) return;
      read = payments;
      guarded(() => {
        const isNews = shownDayMs !== startOfDayMs(nowMs());
        showSums();
        if (isNews || store.get().rounds.some(({ rewardRao }) => rewardRao === null)) showRounds();
        showMissing(payments);
      });
      const range = { afterBlock: payments.finalBlock, untilBlock: newest };
      const pending = await readPending(client, netuid, hotkey, range, closing.signal);
      if (isCurrent()) showPending(pending);
    } catch (error) {
      if (closing.signal.aborted) return;
      if (errorCode(error) === 'DATABASE') reportFailure(error);
      else log('info', `Payments could not be read: ${errorMessage(error)}`);
    }
  });

  const showPending = ({ alpha, rao }: { readonly alpha: bigint; readonly rao: bigint }): void =>
    store.update(({ earnings }) => {
      earnings.pendingAlpha = alpha.toString();
      earnings.pendingRao = rao.toString();
    });
  const showMissing = (payments: PaymentsRead): void => {
    const message = missingPayments(payments);
    if (message === null) removeNotice(store, MISSING_NOTICE);
    else showNotice(store, { id: MISSING_NOTICE, level: 'warning', message, atMs: nowMs() });
  };

  const record = (round: WorkerRound): void => {
    const current = account;
    if (current === null || closing.signal.aborted) return;
    const roundBlocks = round.roundBlocks ?? options.defaultRoundBlocks;
    guarded(() => {
      ledger.recordRound(current, { ...round, roundBlocks, finishedAtMs: nowMs() });
      showRounds();
    });
  };

  const switchTo = (next: LedgerAccount): void => {
    account = next;
    head = null;
    shownDayMs = null;
    guarded(() => {
      ledger.useAccount(next, nowMs());
      read = readBefore(ledger, next);
      show();
    });
    showPending({ alpha: 0n, rao: 0n });
  };

  show();
  return {
    useChain: (client, genesisHash) => {
      chain = client;
      if (account?.genesisHash !== genesisHash) switchTo({ genesisHash, hotkey });
      // Another node may answer now: one with other blocks, or with what this one has forgotten.
      if (account === null) return;
      const [signal, onNews] = [closing.signal, (): void => void (shownDayMs = null)];
      reader = createPaymentReader({ chain, netuid, ledger, account, signal, nowMs, onNews });
      for (const round of early.splice(0)) record(round);
    },
    onBlock: (block) => {
      head = block;
      sync();
    },
    recordRound: (round) => {
      if (chain === null) early.push(round);
      else record(round);
    },
    close: () => closing.abort(),
  };
}

const NOTHING = { finalBlock: 0, unread: [] };

/** What an earlier life of this process has read. */
function readBefore(ledger: Ledger, account: LedgerAccount): Pick<PaymentsRead, 'finalBlock' | 'unread'> {
  const ranges = ledger.readRanges(account);
  const finalBlock = ranges.at(-1)?.untilBlock ?? 0;
  return { finalBlock, unread: unreadRanges(ranges, finalBlock) };
}
