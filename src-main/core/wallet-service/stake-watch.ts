import { castDraft } from 'immer';
import type { StakeState } from '#protocol/contract/wallet.ts';
import { errorMessage } from '#protocol/errors.ts';
import type { Coldkey } from '#protocol/ids.ts';
import type { Log } from '../log.ts';
import { singleFlight } from '../single-flight.ts';
import type { OrderChain } from '../staking/order-chain.ts';
import { readStakeOverview, type StakeOverview } from '../staking/read-stake.ts';
import type { AppStore } from '../store.ts';

interface StakeWatchOptions {
  readonly chain: OrderChain;
  readonly coldkey: Coldkey;
  readonly store: AppStore;
  readonly nowMs: () => number;
  readonly log: Log;
}

interface StakeWatch {
  /** Reads at once: money has moved. */
  refresh(): void;
  close(): void;
}

/** A devnet's blocks may come twice a second; nobody reads that fast. */
const INTERVAL_MS = 2_000;
/** What a client is sent; the largest first. Nobody stakes in so many places by hand. */
const MAX_POSITIONS = 500;

/**
 * Keeps `wallet.stake` up to date: at new blocks, and when asked. While the chain is out of reach the last reading stays, which
 * says of which block it is; the connection has its own place in the state. It becomes `null` with another chain or coldkey.
 */
export function watchStake({ chain, coldkey, store, nowMs, log }: StakeWatchOptions): StakeWatch {
  const closing = new AbortController();
  const isClosed = (): boolean => closing.signal.aborted;
  let readAtMs = -Infinity;

  const refresh = singleFlight(async () => {
    if (isClosed()) return;
    readAtMs = nowMs();
    try {
      const overview = await chain.connection.ask(
        'What is staked',
        (api) => readStakeOverview(api, coldkey),
        closing.signal,
      );
      store.update((draft) => void (draft.wallet.stake = castDraft(stakeState(overview))));
    } catch (error) {
      // The next block brings the next try.
      if (!isClosed()) log('info', `What is staked could not be read: ${errorMessage(error)}`);
    }
  });
  const unsubscribe = chain.heads.best.subscribe(() => {
    // The clock may have been set back, by years.
    if (Math.abs(nowMs() - readAtMs) >= INTERVAL_MS) refresh();
  });

  return {
    refresh,
    close() {
      closing.abort();
      unsubscribe();
    },
  };
}

const stakeState = (overview: StakeOverview): StakeState => ({
  block: overview.block,
  freeRao: overview.free.toString(),
  reservedRao: overview.reserved.toString(),
  frozenRao: overview.frozen.toString(),
  stakedWorthRao: overview.stakedWorth.toString(),
  positions: overview.positions
    .toSorted((a, b) => (a.worth === b.worth ? 0 : a.worth > b.worth ? -1 : 1))
    .slice(0, MAX_POSITIONS)
    .map(({ hotkey, netuid, stake, worth, isRegistered }) => ({
      ...{ hotkey, netuid, alpha: stake.toString(), worthRao: worth.toString(), isRegistered },
    })),
  subnets: overview.subnets.map(({ netuid, price, total, locked, available }) => ({
    ...{ netuid, priceRao: price.toString(), totalAlpha: total.toString() },
    ...{ lockedAlpha: locked.toString(), availableAlpha: available.toString() },
  })),
  swap: overview.swap,
});
