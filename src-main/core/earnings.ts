import {
  MAX_EMISSIONS_PER_QUERY,
  type BlockHeader,
  type ChainClient,
  type EmissionEvent,
} from '#protocol/chain/chain-client.ts';
import { MAX_ROUND_RECORDS } from '#protocol/contract/state.ts';
import { errorCode, errorMessage } from '#protocol/errors.ts';
import type { Hotkey } from '#protocol/ids.ts';
import type { WorkerRound } from '#protocol/worker-messages.ts';
import type { Ledger, LedgerAccount, PaidEmission } from './ledger.ts';
import type { Log } from './log.ts';
import { removeNotice, showNotice } from './notices.ts';
import { mergeRecords, roundRecord } from './round-records.ts';
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

/** Follows the chain's payments into the ledger, and shows ledger and rounds in the state. The chain is the truth. */
export function createEarnings(options: EarningsOptions): Earnings {
  const { ledger, store, hotkey, netuid, nowMs, log } = options;
  const closing = new AbortController();
  let chain: ChainClient | null = null;
  let account: LedgerAccount | null = options.shown === undefined ? ledger.lastAccount(hotkey) : options.shown;
  let head: BlockHeader | null = null;
  let syncedBlock = account === null ? 0 : ledger.lastEmissionBlock(account);

  /** Rounds that the worker told before this process knew which chain they belong to. */
  const early: WorkerRound[] = [];

  /** The day whose sums are in the state; `null`: the sums there are old. Reading them takes long when many were paid. */
  let shownDayMs: number | null = null;

  const showSums = (): void => {
    const dayMs = startOfDayMs(nowMs());
    if (account === null || shownDayMs === dayMs) return;
    const summary = ledger.summary(account, dayMs);
    store.update((draft) => {
      draft.earnings.totalAlpha = summary.totalAlpha.toString();
      draft.earnings.totalRao = summary.totalRao.toString();
      draft.earnings.todayRao = summary.todayRao.toString();
      draft.earnings.lastRewardRao = summary.lastRewardRao?.toString() ?? null;
      draft.earnings.lastRewardAtMs = summary.lastRewardAtMs;
    });
    shownDayMs = dayMs;
  };
  const showRounds = (): void => {
    if (account === null) return;
    const rounds = ledger.recentRounds(account, MAX_ROUND_RECORDS).map((round) => roundRecord(round, syncedBlock));
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
    if (chain === null || account === null || head === null) return;
    const current = account;
    try {
      const target = await chain.finalized(closing.signal);
      await readEmissions({ chain, netuid }, ledger, current, closing.signal, () => (shownDayMs = null));
      if (closing.signal.aborted || account !== current) return;
      syncedBlock = target;
      guarded(() => {
        const isNews = shownDayMs !== startOfDayMs(nowMs());
        showSums();
        if (isNews || store.get().rounds.some(({ rewardRao }) => rewardRao === null)) showRounds();
      });
    } catch (error) {
      if (closing.signal.aborted) return;
      if (errorCode(error) === 'DATABASE') reportFailure(error);
      else log('info', `Payments could not be read: ${errorMessage(error)}`);
    }
  });

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
      syncedBlock = ledger.lastEmissionBlock(next);
      show();
    });
  };

  show();
  return {
    useChain: (client, genesisHash) => {
      chain = client;
      if (account?.genesisHash !== genesisHash) switchTo({ genesisHash, hotkey });
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

/** Pages through the payments after the newest recorded one. @throws MillraceError of the chain or the ledger */
async function readEmissions(
  { chain, netuid }: { readonly chain: ChainClient; readonly netuid: number },
  ledger: Ledger,
  account: LedgerAccount,
  signal: AbortSignal,
  onNew: () => void,
): Promise<void> {
  for (;;) {
    const after = ledger.lastEmissionBlock(account);
    const events = await chain.emissions(netuid, account.hotkey, after, signal);
    // A chain that answers with something else than asked must neither count nor keep us busy for ever.
    const ours = events.filter((event) => event.hotkey === account.hotkey && event.block > after);
    const paid: PaidEmission[] = [];
    for (const event of ours) paid.push(await withTime(chain, event, signal));
    if (signal.aborted) return;
    if (ledger.recordEmissions(account, paid) > 0) onNew();
    if (ours.length === 0 || events.length < MAX_EMISSIONS_PER_QUERY) return;
  }
}

async function withTime(chain: ChainClient, event: EmissionEvent, signal: AbortSignal): Promise<PaidEmission> {
  const block = await chain.block(event.block, signal);
  const { block: number, amountAlpha, amountRao } = event;
  return { block: number, amountAlpha, amountRao, paidAtMs: block?.timestampMs ?? null };
}

/** Midnight of the owner's own time zone. */
const startOfDayMs = (nowMs: number): number => new Date(nowMs).setHours(0, 0, 0, 0);
