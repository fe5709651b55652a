import type { BlockHeader, ChainClient, ChainConnection } from '#protocol/chain/chain-client.ts';
import { staleAfterMs } from '#protocol/chain/stale.ts';
import { errorMessage } from '#protocol/errors.ts';
import type { Earnings } from './earnings.ts';
import type { Log } from './log.ts';
import { findNeuron } from './registration.ts';
import { singleFlight } from './single-flight.ts';
import type { AppStore } from './store.ts';
import type { SessionKeys } from './session-keys.ts';

export interface ChainLinkOptions {
  readonly chain: ChainClient;
  /** `null`: none is chosen, so there are neither neurons nor payments to read. */
  readonly netuid: number | null;
  /** Under which name the ledger keeps what the subnet of this chain pays. */
  readonly ledgerKey: (genesisHash: string) => string;
  readonly keys: Pick<SessionKeys, 'hotkey' | 'coldkey'>;
  readonly store: AppStore;
  /** `null`: nobody works here. */
  readonly earnings: Earnings | null;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** Balance and registration change seldom; blocks may come twice a second. */
const ACCOUNT_INTERVAL_MS = 2_000;
/** Until the chain has said its own. */
const USUAL_BLOCK_MS = 12_000;

/** Brings what the chain says into the state: connection, block, balance, registration, and its payments into the ledger. Returns how to end it. */
export function linkChain(options: ChainLinkOptions): () => void {
  const { chain, netuid, keys, store, earnings, nowMs, log } = options;
  const closing = new AbortController();
  const { hotkey, coldkey } = keys;
  let accountReadAtMs = -Infinity;
  let isIdentified = false;
  let staleMs = staleAfterMs(USUAL_BLOCK_MS);
  let ageTimer: ReturnType<typeof setTimeout> | undefined;

  /** A failed reading is repeated at the next block. */
  const reading = (what: string, read: () => Promise<void>): (() => void) =>
    singleFlight(async () => {
      try {
        await read();
      } catch (error) {
        if (!closing.signal.aborted) log('info', `${what} could not be read: ${errorMessage(error)}`);
      }
    });

  const identify = reading('The chain', async () => {
    const { genesisHash, blockMs } = await chain.info(closing.signal);
    if (closing.signal.aborted) return;
    staleMs = staleAfterMs(blockMs);
    if (netuid !== null) earnings?.useChain(chain, options.ledgerKey(genesisHash));
    isIdentified = true;
  });

  const readAccount = reading('The account', async () => {
    const [balance, neurons] = await Promise.all([
      coldkey === null ? null : chain.balance(coldkey, closing.signal),
      netuid === null || hotkey === null ? [] : chain.neurons(netuid, closing.signal),
    ]);
    if (closing.signal.aborted) return;
    accountReadAtMs = nowMs();
    store.update((draft) => {
      draft.wallet.balanceRao = balance?.toString() ?? null;
      draft.wallet.registered = hotkey !== null && findNeuron(neurons, hotkey) !== undefined;
    });
  });

  const onConnection = (state: ChainConnection): void => {
    store.update((draft) => {
      draft.network.chain = state === 'connecting' ? 'starting' : state;
      if (state === 'disconnected') draft.wallet.balanceRao = null;
    });
    // Another chain may answer at the same address now.
    isIdentified = false;
    if (state === 'connected') identify();
  };

  /** Says how old the newest block is as soon as it is too old, and no more when a new one comes. */
  const watchAge = ({ number, timestampMs }: Pick<BlockHeader, 'number' | 'timestampMs'>): void => {
    clearTimeout(ageTimer);
    if (number === 0 || closing.signal.aborted) return;
    const leftMs = timestampMs + staleMs - nowMs();
    store.update((draft) => void (draft.network.staleSinceMs = leftMs < 0 ? timestampMs : null));
    if (leftMs >= 0) ageTimer = setTimeout(() => watchAge({ number, timestampMs }), Math.min(leftMs, staleMs) + 1);
  };

  const onBlock = (block: BlockHeader): void => {
    store.update((draft) => {
      draft.network.block = block.number;
    });
    watchAge(block);
    if (isIdentified && netuid !== null) earnings?.onBlock(block);
    else if (!isIdentified) identify();
    // The clock may have been set back, by years.
    if (Math.abs(nowMs() - accountReadAtMs) >= ACCOUNT_INTERVAL_MS) readAccount();
  };

  const unsubscribe = [chain.onConnection(onConnection), chain.onBlock(onBlock)];
  return () => {
    closing.abort();
    clearTimeout(ageTimer);
    for (const end of unsubscribe) end();
  };
}
