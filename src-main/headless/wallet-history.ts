import { coldkeyOf, hotkeyOf } from '#protocol/keys.ts';
import { openLedger } from '#main/core/ledger.ts';
import type { OrderChain } from '#main/core/staking/order-chain.ts';
import { historyCsv } from '#main/core/wallet-service/history.ts';
import { openOrderStore } from '#main/core/wallet-service/order-store.ts';
import { openWallet } from '#main/core/wallet.ts';
import { type CommandContext, EXIT_DONE } from './command-context.ts';

const MAX_ROWS = 50_000;

interface Asked {
  readonly home: string;
  /** The subnet whose payments are wanted; `null`: none. */
  readonly netuid: number | null;
  /** Under which name the ledger has the payments. */
  readonly ledgerKey: (genesisHash: string) => string;
}

/** Prints every order and payment of this chain that was written down here, as CSV. */
export async function showHistory(asked: Asked, { connection }: OrderChain, context: CommandContext): Promise<number> {
  const { home, netuid, ledgerKey } = asked;
  const { output, interrupted, nowMs } = context;
  const genesisHash = await connection.ask(
    'The chain',
    (api) => Promise.resolve(api.genesisHash.toHex().slice(2)),
    interrupted,
  );
  const wallet = openWallet(home);
  const hotkey = hotkeyOf(wallet.hotkey.pair);
  const { orders } = openOrderStore(home, nowMs());
  try {
    const { ledger } = openLedger(home, nowMs());
    try {
      const mine = orders.recent({ genesisHash, coldkey: coldkeyOf(wallet.coldkey.pair) }, MAX_ROWS);
      const paid = netuid === null ? [] : ledger.payments({ genesisHash: ledgerKey(genesisHash), hotkey }, MAX_ROWS);
      const { csv, rows } = historyCsv({ netuid, hotkey, fiat: null }, mine, paid);
      output.event('history', { csv, rows });
      for (const line of csv.trimEnd().split('\r\n')) output.line(line);
      return EXIT_DONE;
    } finally {
      ledger.close();
    }
  } finally {
    orders.close();
  }
}
