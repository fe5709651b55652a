import type { BlockHeader, ChainClient } from '#protocol/chain/chain-client.ts';
import { MillraceError } from '#protocol/errors.ts';

/** The head as the chain tells it (it may go back when the chain reorganises), and waiting for later ones. The chain's blocks are the only clock of a round. */
export interface BlockClock {
  /** `null` until the chain was reached. */
  readonly current: () => BlockHeader | null;
  /** Since `current` was seen. */
  readonly sinceBlockMs: () => number;
  /** Resolves with the first seen block whose number is at least `number`. @throws MillraceError ABORTED */
  waitFor(number: number, signal: AbortSignal): Promise<BlockHeader>;
  stop(): void;
}

export function createBlockClock(
  chain: Pick<ChainClient, 'onBlock'>,
  nowMs: () => number = () => performance.now(),
): BlockClock {
  let newest: BlockHeader | null = null;
  let seenAtMs = nowMs();
  const waiters = new Set<() => void>();
  const stop = chain.onBlock((block) => {
    newest = block;
    seenAtMs = nowMs();
    for (const check of [...waiters]) check();
  });

  return {
    current: () => newest,
    sinceBlockMs: () => nowMs() - seenAtMs,
    waitFor(number, signal) {
      return new Promise((resolve, reject) => {
        const finish = (): void => {
          waiters.delete(check);
          signal.removeEventListener('abort', onAbort);
        };
        const check = (): void => {
          if (newest === null || newest.number < number) return;
          finish();
          resolve(newest);
        };
        const onAbort = (): void => {
          finish();
          reject(new MillraceError('ABORTED', `Stopped while waiting for block ${number}`));
        };
        if (signal.aborted) {
          onAbort();
          return;
        }
        waiters.add(check);
        signal.addEventListener('abort', onAbort);
        check();
      });
    },
    stop,
  };
}
