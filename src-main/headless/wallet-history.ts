import type { Coldkey, Hotkey } from '#protocol/ids.ts';
import { type LedgerAccount, openLedger } from '#main/core/ledger.ts';
import { ledgerKeyOf } from '#main/core/ledger-key.ts';
import type { Network } from '#main/core/networks.ts';
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
  /** With the subnet whose payments are wanted; `null`: of that which paid last. */
  readonly network: Pick<Network, 'name' | 'netuid'>;
}

/** The subnet of this chain in which the hotkey worked last; `null` when it was one of another chain. */
function paidLastIn(last: LedgerAccount | null, genesisHash: string): number | null {
  const [chain, netuid = ''] = last?.genesisHash.split('#') ?? [];
  return chain === genesisHash && /^\d+$/.test(netuid) ? Number(netuid) : null;
}

/** Prints every order and payment of this chain that was written down here, as CSV. */
export async function showHistory(asked: Asked, { connection }: OrderChain, context: CommandContext): Promise<number> {
  const { home, coldkey, hotkey, network } = asked;
  const { output, interrupted, nowMs, log } = context;
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
      const netuid = network.netuid ?? (hotkey === null ? null : paidLastIn(ledger.lastAccount(hotkey), genesisHash));
      if (netuid === null) log('warning', 'No payments are listed: name the subnet that pays by --netuid N.');
      const key = ledgerKeyOf({ name: network.name, netuid })(genesisHash);
      const isPaid = netuid !== null && hotkey !== null;
      const paid = isPaid ? ledger.payments({ genesisHash: key, hotkey }, MAX_ROWS) : [];
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
