import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { WebSocket } from 'ws';
import type { OrderInput, OrderStatus } from '#protocol/contract/wallet.ts';
import { genesisProblem } from '#protocol/chain/genesis.ts';
import { connectLiveChain } from '#protocol/chain/subtensor/live-chain.ts';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import { coldkeyOf, hotkeyOf } from '#protocol/keys.ts';
import { abortable } from '#main/core/abortable.ts';
import { ledgerKeyOf } from '#main/core/ledger-key.ts';
import type { Network } from '#main/core/networks.ts';
import { exactAlpha } from '#main/core/staking/amounts.ts';
import type { OrderChain } from '#main/core/staking/order-chain.ts';
import { placeOrders } from '#main/core/staking/place-orders.ts';
import { type Quote, quoteOrder, type QuoteTerms } from '#main/core/staking/quote.ts';
import { readFacts } from '#main/core/staking/read-facts.ts';
import { readStakeOverview } from '#main/core/staking/read-stake.ts';
import { tao } from '#main/core/staking/refusals.ts';
import { statusOf } from '#main/core/wallet-service/order-desk.ts';
import { openOrderStore, type OrderStore } from '#main/core/wallet-service/order-store.ts';
import { amountText, orderOf } from '#main/core/wallet-service/order-text.ts';
import { openWallet } from '#main/core/wallet.ts';
import { chainOf } from './chain-of.ts';
import { type CommandContext, EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED } from './command-context.ts';
import type { WalletOptions } from './wallet-command-line.ts';
import { showHistory } from './wallet-history.ts';
import { orderInputOf } from './wallet-order.ts';
import { describeProgress, describeQuote, plain } from './wallet-words.ts';

const TIMEOUT_MS = 20_000;

/** Whether the owner says yes; anything else is no. */
export type Confirm = (question: string, signal: AbortSignal) => Promise<boolean>;

/**
 * `millrace wallet`: what the coldkey of this data folder has, and orders that are quoted before they are signed.
 * @throws MillraceError USAGE, NOT_FOUND, CHAIN_UNREACHABLE, …
 */
export async function runWallet(
  home: string,
  options: WalletOptions,
  context: CommandContext,
  confirm: Confirm = confirmOnTerminal,
): Promise<number> {
  if (!existsSync(join(home, 'wallet', 'coldkey.json'))) {
    throw new MillraceError('NOT_FOUND', `There is no wallet in ${home}. Millrace makes one when it first runs there.`);
  }
  const { action } = options;
  const isOrder = action !== 'balance' && action !== 'history';
  const input = isOrder ? orderInputOf(options, hotkeyOf(openWallet(home).hotkey.pair)) : null;
  const network = networkFor(home, options);
  const connection = {
    ...{ endpoints: network.endpoints, webSocket: WebSocket, timeoutMs: TIMEOUT_MS },
    checkGenesis: (found: string) => genesisProblem(network, found),
  };
  const chain = connectLiveChain(connection, (message) => context.log('warning', message));
  try {
    if (input !== null) return await runOrder({ home, input, options, chain, confirm }, context);
    if (action === 'balance') return await showBalance(home, chain, context);
    const { netuid } = network;
    return await showHistory({ home, netuid, ledgerKey: ledgerKeyOf(network) }, chain, context);
  } catch (error) {
    if (context.interrupted.aborted) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    chain.close();
  }
}

async function showBalance(home: string, { connection }: OrderChain, context: CommandContext): Promise<number> {
  const { output, interrupted } = context;
  const coldkey = coldkeyOf(openWallet(home).coldkey.pair);
  const found = await connection.ask('The balance', (api) => readStakeOverview(api, coldkey), interrupted);
  output.event('balance', { coldkey, ...plain(found) });
  output.line(`Coldkey  ${coldkey}, block ${found.block}`);
  output.line(`Free     ${tao(found.free)}`);
  for (const { netuid, hotkey, stake, worth } of found.positions) {
    output.line(`Staked   ${exactAlpha(stake)} alpha of subnet ${netuid} with ${hotkey}, worth ${tao(worth)} now`);
  }
  for (const { netuid, locked, available } of found.subnets) {
    if (locked > 0n) output.line(`Locked   in subnet ${netuid}; ${exactAlpha(available)} alpha can leave`);
  }
  if (found.swap !== null)
    output.line(`This coldkey is to move to another one, from block ${found.swap.fromBlock} on.`);
  return EXIT_DONE;
}

interface Running {
  readonly home: string;
  readonly input: OrderInput;
  readonly options: WalletOptions;
  readonly chain: OrderChain;
  readonly confirm: Confirm;
}

async function runOrder({ home, input, options, chain, confirm }: Running, context: CommandContext): Promise<number> {
  const { output, interrupted } = context;
  const signer = openWallet(home).coldkey.pair;
  const order = orderOf(input);
  // What would lose more than half is refused here: --yes is no typed word.
  const terms: QuoteTerms = { tolerancePpm: options.tolerancePpm, isTyped: false };
  const read = (api: Parameters<typeof readFacts>[0]) => readFacts(api, coldkeyOf(signer), order);
  const quote = quoteOrder(order, await chain.connection.ask('The quote', read, interrupted), terms);
  if (quote.kind === 'refused') {
    output.event('refused', { reason: quote.reason, message: quote.message });
    output.line(`Not sent: ${quote.message}`);
    return EXIT_FAILED;
  }
  output.event('quote', plain(quote));
  for (const line of describeQuote(quote)) output.line(line);
  if (!options.yes && !(await confirm('Sign and send this? [y/N] ', interrupted))) {
    output.event('declined', {});
    output.line('Nothing was sent.');
    return EXIT_FAILED;
  }
  const record = await openRecord({ home, input, quote, chain, coldkey: coldkeyOf(signer) }, context);
  let isSent = false;
  try {
    const end = await placeOrders(
      chain,
      {
        ...{ orders: [{ order, quote }], signer },
        writeDown: (sent) => {
          record.orders.setSent(record.id, sent, { kind: 'pending' });
          isSent = true;
          output.event('sent', { ...sent });
          output.line(`Transaction ${sent.hash}, in a block after ${sent.afterBlock}`);
        },
        onProgress: (progress) => {
          record.setStatus(statusOf(progress));
          output.event('progress', plain(progress));
          output.line(describeProgress(progress));
        },
      },
      interrupted,
    );
    return end.kind === 'finalized' ? EXIT_DONE : EXIT_FAILED;
  } catch (error) {
    // One that was sent is followed by the app when it runs with this data folder.
    const status: OrderStatus = { kind: 'not-sent', message: errorMessage(error) };
    if (!isSent) record.setStatus(status);
    throw error;
  } finally {
    record.orders.close();
  }
}

interface Recorded {
  readonly home: string;
  readonly input: OrderInput;
  readonly quote: Quote;
  readonly chain: OrderChain;
  readonly coldkey: ReturnType<typeof coldkeyOf>;
}

interface OrderLine {
  readonly orders: OrderStore;
  readonly id: string;
  /** Never throws: what is on its way is followed whether or not the disk is full. */
  readonly setStatus: (status: OrderStatus) => void;
}

/** Writes the order into the history that the app shows, before it is signed. */
async function openRecord(
  { home, input, quote, chain, coldkey }: Recorded,
  { interrupted, nowMs, log }: CommandContext,
): Promise<OrderLine> {
  const genesisHash = (await abortable(chain.connection.ready, interrupted)).genesisHash.toHex().slice(2);
  const { orders } = openOrderStore(home, nowMs());
  const id = randomUUID();
  const { pays, receives, transactionFee } = quote;
  try {
    orders.add(
      { genesisHash, coldkey },
      {
        ...{ id, placedAtMs: nowMs(), order: input, pays: amountText(pays) },
        receives: receives === null ? null : amountText(receives),
        ...{ feeRao: transactionFee.toString(), status: { kind: 'signing' }, sent: null },
      },
    );
  } catch (error) {
    orders.close();
    throw error;
  }
  return {
    ...{ orders, id },
    setStatus(status) {
      try {
        orders.setStatus(id, status);
      } catch (error) {
        log('warning', errorMessage(error));
      }
    },
  };
}

/** @throws MillraceError CHAIN_UNREACHABLE */
function networkFor(home: string, { chain }: WalletOptions): Network {
  const network = chainOf(home, chain);
  if (network !== null) return network;
  const advice = 'start it (millrace run, or millrace devnet), or name a chain with --chain finney or --chain wss://…';
  throw new MillraceError('CHAIN_UNREACHABLE', `Millrace is not running with the data folder ${home}: ${advice}`);
}

async function confirmOnTerminal(question: string, signal: AbortSignal): Promise<boolean> {
  // Without a person there is nobody to say yes.
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(question, { signal })).trim());
  } finally {
    terminal.close();
  }
}
