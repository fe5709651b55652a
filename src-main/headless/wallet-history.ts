import type { Coldkey, Hotkey } from '#protocol/ids.ts';
import { openLedger } from '#main/core/ledger.ts';
import type { OrderChain } from '#main/core/staking/order-chain.ts';
import { historyCsv } from '#main/core/wallet-service/history.ts';
import { openOrderStore } from '#main/core/wallet-service/order-store.ts';
import { type CommandContext, EXIT_DONE } from './command-context.ts';

const MAX_ROWS = 50_000;

interface Asked {
  readonly home: string;
  readonly coldkey: Coldkey;
  /** Whose payments are wanted; `null`: of none. */
  readonly hotkey: Hotkey | null;
  /** The subnet whose payments are wanted; `null`: none. */
  readonly netuid: number | null;
  /** Under which name the ledger has the payments. */
  readonly ledgerKey: (genesisHash: string) => string;
}

/** Prints every order and payment of this chain that was written down here, as CSV. */
export async function showHistory(asked: Asked, { connection }: OrderChain, context: CommandContext): Promise<number> {
  const { home, coldkey, hotkey, netuid, ledgerKey } = asked;
  const { output, interrupted, nowMs } = context;
  const genesisHash = await connection.ask(
    'The chain',
    (api) => Promise.resolve(api.genesisHash.toHex().slice(2)),
    interrupted,
  );
  const { orders } = openOrderStore(home, nowMs());
  try {
    const { ledger } = openLedger(home, nowMs());
    try {
      const mine = orders.recent({ genesisHash, coldkey }, MAX_ROWS);
      const isPaid = netuid !== null && hotkey !== null;
      const paid = isPaid ? ledger.payments({ genesisHash: ledgerKey(genesisHash), hotkey }, MAX_ROWS) : [];
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
