import type { OrderInput } from '#protocol/contract/wallet.ts';
import { errorMessage } from '#protocol/errors.ts';
import type { OrderChain } from '#main/core/staking/order-chain.ts';
import { openAddressBook } from '#main/core/wallet-service/address-book.ts';
import { checkAddress } from '#main/core/wallet-service/check-address.ts';
import { openOrderStore } from '#main/core/wallet-service/order-store.ts';
import { readValidators } from '#main/core/wallet-service/read-validators.ts';
import type { CommandContext } from './command-context.ts';
import type { WalletAccount } from './wallet-account.ts';

interface Known {
  readonly home: string;
  readonly chain: OrderChain;
  readonly account: Pick<WalletAccount, 'coldkey' | 'hotkey'>;
  /** Of the chain that the order is for. */
  readonly genesisHash: string;
}

/**
 * What the app shows beside such an order, in words: what is known of the account that TAO goes to, or of the hotkey that stake goes to.
 * @throws MillraceError ABORTED, DATABASE, SETTINGS
 */
export async function orderWarnings(
  order: OrderInput,
  known: Known,
  context: CommandContext,
): Promise<readonly string[]> {
  switch (order.kind) {
    case 'stake':
      return stakeWarnings(order.hotkey, order.netuid, known, context);
    case 'move':
      return stakeWarnings(order.to.hotkey, order.to.netuid, known, context);
    case 'transfer':
      return addressWarnings({ address: order.to, purpose: 'send' }, known, context);
    case 'unstake':
    case 'register':
    case 'transfer-stake': // no command makes one
      return [];
  }
}

async function stakeWarnings(
  hotkey: string,
  netuid: number,
  known: Known,
  context: CommandContext,
): Promise<readonly string[]> {
  const { connection } = known.chain;
  const { interrupted } = context;
  const risks = connection
    .ask('The validators', (api) => readValidators(api, netuid, [hotkey]), interrupted)
    .then((found) => found.find((each) => each.hotkey === hotkey)?.risks ?? [])
    .catch((error: unknown) => {
      interrupted.throwIfAborted();
      return [`What speaks against this hotkey could not be read: ${errorMessage(error)}`];
    });
  const [ofHotkey, ofAddress] = await Promise.all([
    risks,
    addressWarnings({ address: hotkey, purpose: 'stake' }, known, context),
  ]);
  return [...ofHotkey, ...ofAddress];
}

async function addressWarnings(
  asked: Parameters<typeof checkAddress>[0],
  { home, chain, account, genesisHash }: Known,
  { nowMs }: CommandContext,
): Promise<readonly string[]> {
  const { coldkey, hotkey } = account;
  const { orders } = openOrderStore(home, nowMs());
  try {
    const desk = { recent: (limit: number) => orders.recent({ genesisHash, coldkey }, limit) };
    const { book } = openAddressBook(home, nowMs());
    const reply = await checkAddress(asked, { link: { chain, desk }, wallet: { coldkey, hotkey, stake: null }, book });
    return reply.kind === 'valid' ? reply.warnings : [reply.message];
  } finally {
    orders.close();
  }
}
