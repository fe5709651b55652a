import { MillraceError } from '../../errors.ts';
import type { CallOutcome } from '../chain-client.ts';
import type { SentCall } from './call-life.ts';
import type { LiveChain } from './live-chain.ts';
import { findCall } from './send-call.ts';

/**
 * Looks through each new block for a call until one has it, or none can any more: see `findCall`.
 * @throws the reason of the signal that fires first
 */
export function followCall(
  { connection, heads, nowMs }: Pick<LiveChain, 'connection' | 'heads' | 'nowMs'>,
  sent: SentCall,
  signals: readonly AbortSignal[],
): Promise<CallOutcome> {
  return new Promise((resolve, reject) => {
    let next = sent.afterBlock + 1;
    let isLooking = false;
    let cameMeanwhile = false;
    const takeNews = (): boolean => {
      const news = cameMeanwhile;
      cameMeanwhile = false;
      return news;
    };
    let isOver = false;
    /** Blocks that were looked at, by hash: others may take their place until they are final. */
    const seen = new Set<string>();

    const look = async (): Promise<void> => {
      if (isLooking || isOver) {
        cameMeanwhile = true;
        return;
      }
      isLooking = true;
      takeNews();
      const head = heads.best.current()?.number ?? 0;
      const final = Math.min(heads.finalized.current() ?? 0, head);
      try {
        const range = { from: next, head, final, nowMs: nowMs() };
        const found = await connection.ask('Looking for a call', (api) => findCall(api, sent, range, seen));
        next = Math.max(next, final + 1);
        if (found !== null) finish(() => resolve(found.outcome));
      } catch {
        // The next block brings the next try.
      } finally {
        isLooking = false;
      }
      // Blocks that came meanwhile: there may be no other for a while.
      if (takeNews()) void look();
    };
    const ends = [heads.best.subscribe(() => void look()), heads.finalized.subscribe(() => void look())];
    const onAbort = (): void => {
      const { reason } = (signals.find(({ aborted }) => aborted) ?? {}) as { readonly reason?: unknown };
      finish(() => reject(reason instanceof Error ? reason : new MillraceError('ABORTED', 'Waiting for a block')));
    };
    const finish = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      for (const end of ends) end();
      for (const signal of signals) signal.removeEventListener('abort', onAbort);
      settle();
    };
    for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true });
    if (signals.some(({ aborted }) => aborted)) onAbort();
  });
}
