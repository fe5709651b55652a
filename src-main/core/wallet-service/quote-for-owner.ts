import type { CommandPayload } from '#protocol/contract/commands.ts';
import type { OrderInput, QuoteReply } from '#protocol/contract/wallet.ts';
import type { OrderChain } from '../staking/order-chain.ts';
import { quoteOrder } from '../staking/quote.ts';
import { readFacts } from '../staking/read-facts.ts';
import { refuse } from '../staking/refusals.ts';
import { orderOf, quoteText } from './order-text.ts';
import type { OrderAccount } from './order-store.ts';
import type { createQuoteBook } from './quote-book.ts';

const U64_MAX = (1n << 64n) - 1n;

/**
 * Quotes an order at the newest block and keeps the quote, so that exactly what is shown can be signed.
 * @throws MillraceError CHAIN_UNREACHABLE, TIMEOUT; ProtocolError when the chain's answer is none
 */
export async function quoteForOwner(
  { chain, account }: { readonly chain: OrderChain; readonly account: OrderAccount },
  quotes: ReturnType<typeof createQuoteBook>,
  { order: typed, tolerancePpm, isTyped }: CommandPayload<'wallet.quote'>,
): Promise<QuoteReply> {
  const input = trimmed(typed);
  if ('amount' in input && input.amount !== 'everything' && BigInt(input.amount) > U64_MAX) {
    return refuse('too-much', 'There is not so much of anything. Choose a smaller amount.');
  }
  const order = orderOf(input);
  const facts = await chain.connection.ask('The quote', (api) => readFacts(api, account.coldkey, order));
  const quote = quoteOrder(order, facts, { tolerancePpm, isTyped });
  if (quote.kind === 'refused') return quote;
  const kept = quotes.add({ input, order, quote, ...account });
  return { kind: 'quote', ...kept, ...quoteText(quote) };
}

/** A pasted address often has a space at an end. */
function trimmed(input: OrderInput): OrderInput {
  switch (input.kind) {
    case 'stake':
    case 'unstake':
    case 'register':
      return { ...input, hotkey: input.hotkey.trim() };
    case 'move':
      return {
        ...input,
        from: { ...input.from, hotkey: input.from.hotkey.trim() },
        to: { ...input.to, hotkey: input.to.hotkey.trim() },
      };
    case 'transfer-stake':
      return { ...input, hotkey: input.hotkey.trim(), toColdkey: input.toColdkey.trim() };
    case 'transfer':
      return { ...input, to: input.to.trim() };
  }
}
