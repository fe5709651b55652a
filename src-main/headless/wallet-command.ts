import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { WebSocket } from 'ws';
import type { OrderInput, OrderStatus } from '#protocol/contract/wallet.ts';
import type { SentCall } from '#protocol/chain/subtensor/call-life.ts';
import { genesisProblem } from '#protocol/chain/genesis.ts';
import { connectLiveChain } from '#protocol/chain/subtensor/live-chain.ts';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import type { Coldkey } from '#protocol/ids.ts';
import { abortable } from '#main/core/abortable.ts';
import { type Network, NETWORK_WORDS, networkOf } from '#main/core/networks.ts';
import { exactAlpha } from '#main/core/staking/amounts.ts';
import type { OrderChain } from '#main/core/staking/order-chain.ts';
import { followOrder, type OrderProgress } from '#main/core/staking/follow-order.ts';
import { placeOrders } from '#main/core/staking/place-orders.ts';
import { quoteOrder, type QuoteTerms } from '#main/core/staking/quote.ts';
import { readFacts } from '#main/core/staking/read-facts.ts';
import { readStakeOverview } from '#main/core/staking/read-stake.ts';
import { tao } from '#main/core/staking/refusals.ts';
import { statusOf } from '#main/core/wallet-service/order-desk.ts';
import { type OrderAccount, openOrderStore, type OrderStore } from '#main/core/wallet-service/order-store.ts';
import { amountText, orderOf } from '#main/core/wallet-service/order-text.ts';
import type { ShownQuote } from '#main/core/wallet-service/quote-book.ts';
import { lookForRefused, mostNonce } from '#main/core/wallet-service/refused-orders.ts';
import { chainOf } from './chain-of.ts';
import { type CommandContext, EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED } from './command-context.ts';
import { terminalPrompts } from './terminal-prompts.ts';
import { type AccountPorts, openAccount, type WalletAccount } from './wallet-account.ts';
import type { WalletOptions } from './wallet-command-line.ts';
import { showHistory } from './wallet-history.ts';
import { orderInputOf } from './wallet-order.ts';
import { showValidators } from './wallet-validators.ts';
import { orderWarnings } from './wallet-warnings.ts';
import { describeProgress, describeQuote, plain } from './wallet-words.ts';

const TIMEOUT_MS = 20_000;
/** Which chain it is, the files say too. */
const HISTORY_TIMEOUT_MS = 5_000;

/** How a command asks its owner; tests put their own in its place. */
interface WalletPorts extends AccountPorts {
  /** Whether the owner says yes; anything else is no. */
  readonly confirm: (question: string, signal: AbortSignal) => Promise<boolean>;
}

/**
 * `millrace wallet`: what the coldkey of this data folder has, and orders that are quoted before they are signed.
 * @throws MillraceError USAGE, NOT_FOUND, KEYS, WRONG_PASSWORD, CHAIN_UNREACHABLE, …
 */
export async function runWallet(
  home: string,
  options: WalletOptions,
  context: CommandContext,
  ports: WalletPorts = { prompts: terminalPrompts(), confirm: confirmOnTerminal },
): Promise<number> {
  const { action, coldkeyPasswordFile } = options;
  const found = chainOf(home, options.chain);
  const network = found ?? (action === 'history' ? DEVNET_AT_REST : notRunning(home));
  const netuid = netuidFor(options, network);
  const account = openAccount({ home, isDevnet: network.name === 'devnet', coldkeyPasswordFile }, context, ports);
  try {
    const isUnnamed = action === 'stake' && options.hotkey === undefined;
    const isOrder = !isUnnamed && action !== 'balance' && action !== 'validators' && action !== 'history';
    if (isOrder) account.requireSigner();
    const input = isOrder ? orderInputOf({ ...options, ...(netuid === null ? {} : { netuid }) }, account.hotkey) : null;
    const connection = {
      ...{
        endpoints: network.endpoints,
        webSocket: WebSocket,
        timeoutMs: action === 'history' ? HISTORY_TIMEOUT_MS : TIMEOUT_MS,
      },
      checkGenesis: (found: string) => genesisProblem(network, found),
    };
    const connect = (): OrderChain & { close(): void } =>
      connectLiveChain(connection, (message) => context.log('warning', message), context.nowMs);
    if (action === 'history') {
      const { coldkey, hotkey } = account;
      const asked = { ...network, netuid: options.netuid ?? network.netuid };
      return await showHistory(
        { home, coldkey, hotkey, network: asked, connect: found === null ? null : connect },
        context,
      );
    }
    const chain = connect();
    try {
      if (input !== null) return await runOrder({ home, input, options, chain, account, ...ports }, context);
      const { coldkey } = account;
      if (action === 'balance') return await showBalance(coldkey, chain, context);
      await showValidators(netuid ?? 0, coldkey, chain, context);
      if (!isUnnamed) return EXIT_DONE;
      throw new MillraceError('USAGE', 'Name the hotkey that you stake with by --hotkey ADDRESS: one of those above.');
    } finally {
      chain.close();
    }
  } catch (error) {
    if (context.interrupted.aborted) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    await account.close();
  }
}

async function showBalance(coldkey: Coldkey, { connection }: OrderChain, context: CommandContext): Promise<number> {
  const { output, interrupted } = context;
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
  readonly account: WalletAccount;
  readonly confirm: WalletPorts['confirm'];
}

async function runOrder(running: Running, context: CommandContext): Promise<number> {
  const { home, input, options, chain, account, confirm } = running;
  const { output, interrupted } = context;
  const { coldkey } = account;
  const order = orderOf(input);
  // What would lose more than half is refused here: --yes is no typed word.
  const terms: QuoteTerms = { tolerancePpm: options.tolerancePpm, isTyped: false };
  const read = (api: Parameters<typeof readFacts>[0]) => readFacts(api, coldkey, order);
  const quote = quoteOrder(order, await chain.connection.ask('The quote', read, interrupted), terms);
  if (quote.kind === 'refused') {
    output.event('refused', { reason: quote.reason, message: quote.message });
    output.line(`Not sent: ${quote.message}`);
    return EXIT_FAILED;
  }
  output.event('quote', plain(quote));
  for (const line of describeQuote(quote)) output.line(line);
  const genesisHash = (await abortable(chain.connection.ready, interrupted)).genesisHash.toHex().slice(2);
  const warnings = await orderWarnings(input, { home, chain, account, genesisHash }, context);
  if (warnings.length > 0) output.event('warnings', { messages: warnings });
  for (const warning of warnings) output.line(`WARNING      ${warning}`);
  if (!options.yes && !(await confirm('Sign and send this? [y/N] ', interrupted))) {
    output.event('declined', {});
    output.line('Nothing was sent.');
    return EXIT_FAILED;
  }
  const shown: ShownQuote = { input, order, quote, coldkey, genesisHash };
  // A wrong password is no order.
  const { signer, wipe } = await account.openSigner(shown, chain, interrupted);
  try {
    const record = openRecord(home, shown, context);
    const written: { sent: SentCall | null } = { sent: null };
    const onProgress = (progress: OrderProgress): void => {
      record.setStatus(statusOf(progress));
      output.event('progress', plain(progress));
      output.line(describeProgress(progress));
    };
    const writeDown = (sent: SentCall, nonce: number): void => {
      wipe();
      record.orders.setSent(record.account, record.id, sent, nonce);
      written.sent = sent;
      output.event('sent', { ...sent });
      output.line(`Transaction ${sent.hash}, in a block after ${sent.afterBlock}`);
    };
    try {
      await lookForRefused(chain, record.orders, record.account, interrupted);
      const most = mostNonce(record.orders, record.account, context.nowMs());
      const placement = { orders: [{ order, quote }], signer, writeDown, onProgress, mostNonce: most };
      const end = await placeOrders(chain, placement, interrupted).catch((error: unknown) => {
        // The node’s words say nothing of the order: whether it was passed on shows in the blocks.
        if (written.sent === null || interrupted.aborted) throw error;
        output.line(errorMessage(error));
        return followOrder(chain, written.sent, onProgress, interrupted);
      });
      return end.kind === 'finalized' ? EXIT_DONE : EXIT_FAILED;
    } catch (error) {
      // One that was sent is followed by the app when it runs with this data folder.
      if (written.sent === null) record.setStatus({ kind: 'not-sent', message: errorMessage(error) });
      throw error;
    } finally {
      record.orders.close();
    }
  } finally {
    wipe();
  }
}

interface OrderLine {
  readonly orders: OrderStore;
  readonly account: OrderAccount;
  readonly id: string;
  /** Never throws: what is on its way is followed whether or not the disk is full. */
  readonly setStatus: (status: OrderStatus) => void;
}

/** Writes the order into the history that the app shows, before it is signed. */
function openRecord(
  home: string,
  { input, quote, coldkey, genesisHash }: ShownQuote,
  { nowMs, log }: CommandContext,
): OrderLine {
  const { orders } = openOrderStore(home, nowMs());
  const id = randomUUID();
  const account: OrderAccount = { genesisHash, coldkey };
  const { pays, receives, transactionFee } = quote;
  try {
    orders.add(account, {
      ...{ id, placedAtMs: nowMs(), order: input, pays: amountText(pays) },
      receives: receives === null ? null : amountText(receives),
      ...{ feeRao: transactionFee.toString(), status: { kind: 'signing' }, sent: null },
    });
  } catch (error) {
    orders.close();
    throw error;
  }
  return {
    ...{ orders, account, id },
    setStatus(status) {
      try {
        orders.setStatus(id, status);
      } catch (error) {
        log('warning', errorMessage(error));
      }
    },
  };
}

/** What was written down of a devnet is read without it. */
const DEVNET_AT_REST = networkOf({ chain: 'devnet', customEndpoints: [], netuid: null });

const WITHOUT_SUBNET: ReadonlySet<WalletOptions['action']> = new Set(['balance', 'transfer', 'history']);

/** The subnet that a command is about: a devnet has only one. `null`: it is about none. @throws MillraceError USAGE */
function netuidFor({ action, netuid }: WalletOptions, network: Network): number | null {
  if (WITHOUT_SUBNET.has(action)) return null;
  const meant = netuid ?? (network.name === 'devnet' ? network.netuid : null);
  if (meant !== null) return meant;
  throw new MillraceError('USAGE', `Say which subnet of ${NETWORK_WORDS[network.name]} is meant, with --netuid N`);
}

/** @throws MillraceError CHAIN_UNREACHABLE */
function notRunning(home: string): never {
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
