import { MillraceError } from '#protocol/errors.ts';
import type { Coldkey } from '#protocol/ids.ts';
import type { OrderInput } from '#protocol/contract/wallet.ts';
import type { Order } from '../staking/orders.ts';
import type { Quote } from '../staking/quote.ts';

/** Prices move; what was shown longer ago is not signed. */
const LIFE_MS = 60_000;
/** A client that asks and asks pushes its own oldest quotes out. */
const MAX_QUOTES = 64;

/** What a client was shown, whole: exactly this is signed. */
export interface ShownQuote {
  readonly input: OrderInput;
  readonly order: Order;
  readonly quote: Quote;
  readonly coldkey: Coldkey;
  /** The chain of these prices: hex, 64 digits. */
  readonly genesisHash: string;
}

interface QuoteBook {
  /** Keeps a quote for a minute. */
  add(shown: ShownQuote): { readonly quoteId: string; readonly expiresAtMs: number };
  /** @throws MillraceError NOT_FOUND, in words for the owner, when there is none or it is too old */
  get(quoteId: string): ShownQuote;
  /** What was placed is not placed again. */
  remove(quoteId: string): void;
}

export function createQuoteBook(nowMs: () => number, randomId: () => string): QuoteBook {
  const quotes = new Map<string, { readonly shown: ShownQuote; readonly expiresAtMs: number }>();

  return {
    add(shown) {
      const quoteId = randomId();
      const expiresAtMs = nowMs() + LIFE_MS;
      quotes.set(quoteId, { shown, expiresAtMs });
      for (const oldest of quotes.keys()) {
        if (quotes.size <= MAX_QUOTES) break;
        quotes.delete(oldest);
      }
      return { quoteId, expiresAtMs };
    },
    get(quoteId) {
      const found = quotes.get(quoteId);
      const leftMs = found === undefined ? 0 : found.expiresAtMs - nowMs();
      // More than its life: the clock was set back, and nobody knows how old it is.
      if (found !== undefined && leftMs > 0 && leftMs <= LIFE_MS) return found.shown;
      throw new MillraceError(
        'NOT_FOUND',
        `This quote is older than ${LIFE_MS / 1000} seconds, or was placed already. Look at a new one; nothing was sent.`,
      );
    },
    remove: (quoteId) => void quotes.delete(quoteId),
  };
}
