import { useCallback, useEffect, useState } from 'react';
import type { CommandPayload, ReplyTo } from '#protocol/contract/commands.ts';
import type { QuoteReply } from '#protocol/contract/wallet.ts';
import { errorMessage } from '#protocol/errors.ts';
import { useConnection } from '../../store/context.tsx';
import { moveWords } from './quote-words.ts';

/** A new block comes every 12 s on the real chain. */
const RENEW_MS = 10_000;

type QuoteRequest = CommandPayload<'wallet.quote'>;

export interface LiveQuote {
  /** The newest answer for this order, also while a newer one is asked for; `null` before the first. */
  readonly shown: QuoteReply | null;
  /** What is shown may not be signed now. */
  readonly isAsking: boolean;
  /** Why there is no newer quote, in words. */
  readonly failure: string | null;
  /** How the price has moved while somebody looked, in words. */
  readonly moved: string | null;
  readonly renew: () => void;
}

interface Answer {
  readonly request: QuoteRequest;
  readonly turn: number;
  readonly shown: QuoteReply | null;
  readonly failure: string | null;
  readonly moved: string | null;
}

/** Asks for a quote, and again and again while it is on the screen. @param request `null` asks nothing; of a stable identity */
export function useQuote(request: QuoteRequest | null): LiveQuote {
  const connection = useConnection();
  const [turn, setTurn] = useState(0);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const isAsking = request !== null && (answer?.request !== request || answer.turn !== turn);

  useEffect(() => {
    if (request === null) return;
    let isCurrent = true;
    const take = (reply: ReplyTo<'wallet.quote'>): void => {
      if (isCurrent) setAnswer((before) => nextAnswer(before, { request, turn, reply }));
    };
    connection.command('wallet.quote', request).then(take, (error: unknown) => {
      take({ ok: false, code: 'DISCONNECTED', message: errorMessage(error) });
    });
    return () => {
      isCurrent = false;
    };
  }, [connection, request, turn]);

  const renew = useCallback(() => setTurn((now) => now + 1), []);
  useEffect(() => {
    if (request === null || isAsking) return;
    const timer = setTimeout(renew, RENEW_MS);
    return () => clearTimeout(timer);
  }, [request, isAsking, renew]);

  const ofThis = answer !== null && answer.request.order === request?.order ? answer : null;
  return {
    ...{ shown: ofThis?.shown ?? null, isAsking, renew },
    ...{ failure: ofThis?.failure ?? null, moved: ofThis?.moved ?? null },
  };
}

interface Arrival {
  readonly request: QuoteRequest;
  readonly turn: number;
  readonly reply: ReplyTo<'wallet.quote'>;
}

function nextAnswer(before: Answer | null, { request, turn, reply }: Arrival): Answer {
  const ofSame = before !== null && before.request.order === request.order ? before : null;
  const last = ofSame?.shown ?? null;
  if (!reply.ok) {
    return { request, turn, shown: last, failure: reply.message, moved: ofSame?.moved ?? null };
  }
  const shown = reply.value;
  const moved = last?.kind === 'quote' && shown.kind === 'quote' ? moveWords(last, shown) : null;
  return { request, turn, shown, failure: null, moved: moved ?? ofSame?.moved ?? null };
}
