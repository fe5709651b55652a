import type { Coldkey, Hotkey } from '#protocol/ids.ts';
import { errorMessage } from '#protocol/errors.ts';
import { type Ledger, type LedgerAccount, openLedger } from '#main/core/ledger.ts';
import { ledgerKeyOf } from '#main/core/ledger-key.ts';
import type { Network } from '#main/core/networks.ts';
import type { OrderChain } from '#main/core/staking/order-chain.ts';
import { historyCsv } from '#main/core/wallet-service/history.ts';
import { openOrderStore, type OrderStore } from '#main/core/wallet-service/order-store.ts';
import { type CommandContext, EXIT_DONE } from './command-context.ts';

const MAX_ROWS = 50_000;

interface Asked {
  readonly home: string;
  readonly coldkey: Coldkey;
  /** Whose payments are wanted; `null`: of none. */
  readonly hotkey: Hotkey | null;
  /** With the subnet whose payments are wanted; `null`: of that which paid last. */
  readonly network: Pick<Network, 'name' | 'netuid' | 'genesisHash'>;
  /** Where no file says which chain is meant; `null`: it does not run. */
  readonly connect: (() => OrderChain & { close(): void }) | null;
}

/** The subnet of this chain in which the hotkey worked last; `null` when it was one of another chain. */
function paidLastIn(last: LedgerAccount | null, genesisHash: string): number | null {
  const [chain, netuid = ''] = last?.genesisHash.split('#') ?? [];
  return chain === genesisHash && /^\d+$/.test(netuid) ? Number(netuid) : null;
}

/** The chain on which these keys were paid or ordered something last, by the files alone; `null`: they never did. */
function lastUsedChain({ coldkey, hotkey }: Asked, ledger: Ledger, orders: OrderStore): string | null {
  const paid = hotkey === null ? null : ledger.lastAccount(hotkey);
  return paid?.genesisHash.split('#')[0] ?? orders.lastChain(coldkey);
}

/** Which chain is meant: by its name, else as a node of it says, else the one that was used last. @throws MillraceError CHAIN_UNREACHABLE, TIMEOUT */
async function genesisOf(asked: Asked, lastUsed: string | null, context: CommandContext): Promise<string | null> {
  const { network, connect } = asked;
  const { interrupted, log } = context;
  if (network.genesisHash !== null) return network.genesisHash;
  if (connect === null) return lastUsed;
  const chain = connect();
  try {
    const read = (api: { readonly genesisHash: { toHex(): string } }) => Promise.resolve(api.genesisHash.toHex());
    return (await chain.connection.ask('The chain', read, interrupted)).slice(2);
  } catch (error) {
    if (interrupted.aborted || lastUsed === null) throw error;
    log(
      'warning',
      `${errorMessage(error)}. Listed is what was written down of the chain that was used last (its first block is ${lastUsed.slice(0, 8)}…).`,
    );
    return lastUsed;
  } finally {
    chain.close();
  }
}

/** Prints every order and payment of this chain that was written down here, as CSV. Nothing has to run for it. */
export async function showHistory(asked: Asked, context: CommandContext): Promise<number> {
  const { home, coldkey, hotkey, network } = asked;
  const { output, nowMs, log } = context;
  const { orders } = openOrderStore(home, nowMs());
  try {
    const { ledger } = openLedger(home, nowMs());
    try {
      const genesisHash = (await genesisOf(asked, lastUsedChain(asked, ledger, orders), context)) ?? '';
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
